// The service worker: pages that were seen open without a connection (docs/how-it-works/offline.md).
//
// The server writes one line before this file: PORTAL, with the address of the offline page, where static files are,
// and the version. Every HTML page says whose it is (`Offline-Owner`: a key, and for how many seconds the session
// lasts) and, if it may be kept, its address (`Offline-Copy`). Copies belong to the owner: another owner, a sign-out
// and the end of the session wipe them. Times are milliseconds.
const STATIC = "static";
const SHELL = "shell"; // the offline page
const WHOSE = "whose"; // one entry: whose copies there are, and until when they may be shown
const PAGES = "pages-"; // and the owner's key
const MOST_PAGES = 60;
const MOST_FILES = 300;
const PATIENCE_MS = 3000;
const AWAY = [502, 503, 504]; // the portal's way to say that it will be back
const HASHED = /\.[0-9a-f]{12}\.\w+$/; // a file that never changes under its name

let left = 0; // when somebody left: answers to requests before that are theirs
let turn = Promise.resolve();
const inTurn = (work) => (turn = turn.then(work, work));

async function whose() {
  const kept = await (await caches.open(WHOSE)).match("/");
  return kept ? kept.json() : { owner: "", until: 0 };
}

function wipe() {
  left = Date.now();
  return inTurn(wipeNow);
}
async function wipeNow() {
  for (const name of await caches.keys()) if (name === WHOSE || name.startsWith(PAGES)) await caches.delete(name);
}

// An answer says whose the copies are from now on. What an older request brings is of somebody who may have left.
const ownerOf = (answer) => (answer.headers.get("Offline-Owner") || "").split(" ");
function meet(answer, began) {
  const [owner, seconds] = ownerOf(answer);
  if (!owner) return turn;
  return inTurn(async () => {
    if (began <= left) return;
    const before = (await whose()).owner;
    if (before !== owner) {
      await wipeNow();
      if (before) left = began - 1;
    }
    const until = seconds ? Date.now() + 1000 * Number(seconds) : 0;
    await (await caches.open(WHOSE)).put("/", new Response(JSON.stringify({ owner, until })));
  });
}

async function note(address, answer, began) {
  const text = await answer.text();
  const [owner] = ownerOf(answer);
  await inTurn(async () => {
    const known = await whose();
    if (known.owner === owner && began > left) await keep(await caches.open(PAGES + owner), address, text, answer.headers);
  });
  await Promise.all([...filesOf(text).map(file), freshShell(text)]);
}

async function keep(pages, address, text, said) {
  const headers = new Headers(said);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name); // they were of the answer as it came
  headers.set("Saved-At", String(Date.now()));
  headers.set("Saved-Title", encodeURIComponent((text.match(/<title>([^<]*)/) || ["", ""])[1].trim()));
  await pages.delete(address); // the newest stand last
  await pages.put(address, new Response(text, { headers }));
  const all = await pages.keys();
  for (const old of all.slice(0, Math.max(0, all.length - MOST_PAGES))) await pages.delete(old);
}

const filesOf = (text) => [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map((found) => found[1]).filter(isFile);
const isFile = (address) => address.startsWith(PORTAL.files) && HASHED.test(address);

async function file(address) {
  const files = await caches.open(STATIC);
  const kept = await files.match(address, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(address);
  if (answer.status !== 200) return answer;
  await files.put(address, answer.clone());
  const all = await files.keys();
  for (const old of all.slice(0, Math.max(0, all.length - MOST_FILES))) await files.delete(old);
  return answer;
}

// The offline page has the look and the language of the last page seen: both stand in the tag <html>.
const lookOf = (text) => (text.match(/<html[^>]*>/) || [""])[0].replace(/\s+/g, " ");
async function shell() {
  const kept = await (await caches.open(SHELL)).match(PORTAL.offline);
  return kept ? kept.text() : "";
}
async function freshShell(page) {
  if (page && lookOf(await shell()) === lookOf(page)) return;
  const answer = await fetch(PORTAL.offline);
  if (answer.status !== 200) throw new Error(`the offline page: ${answer.status}`);
  const text = await answer.text();
  await Promise.all(filesOf(text).map(file));
  await (await caches.open(SHELL)).put(PORTAL.offline, new Response(text, { headers: answer.headers }));
}

// A copy, with the time and the reason in the tag <html>: the page's own script says so in a bar.
async function copyOf(address, why) {
  const { owner, until } = await whose();
  if (!owner) return null;
  if (until && until < Date.now()) return void (await wipe());
  const kept = await (await caches.open(PAGES + owner)).match(address, { ignoreVary: true });
  if (!kept) return null;
  const marks = `data-saved="${kept.headers.get("Saved-At")}" data-why="${why}"`;
  const look = lookOf(await shell());
  const text = (await kept.text()).replace(/<html[^>]*>/, (own) => {
    const speaks = (tag) => (tag.match(/lang="[^"]*"/) || [""])[0];
    return (speaks(look) === speaks(own) ? look : own).replace("<html", `<html ${marks}`);
  });
  return new Response(text, { headers: kept.headers });
}

async function page(event) {
  const address = event.request.url.split("#")[0];
  const isVisit = event.request.mode === "navigate"; // otherwise a script fetches what it puts into the page
  const began = Date.now();
  const network = fetch(event.request).then(async (answer) => {
    await meet(answer, began).catch(() => {}); // no room on the device is no reason to show nothing
    const keeps = answer.headers.has("Offline-Copy") && !answer.redirected;
    const shown = isVisit ? address : new URL(answer.headers.get("Offline-Copy"), address).href;
    if (keeps) event.waitUntil(note(shown, answer.clone(), began).catch(() => {}));
    return answer;
  });
  event.waitUntil(network.catch(() => {}));
  if (!isVisit) return network;
  const slow = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "slow"));
  const first = await Promise.race([network.catch(() => "away"), slow]);
  const answered = first instanceof Response;
  if (answered && !AWAY.includes(first.status)) return first;
  const copy = await copyOf(address, answered ? "busy" : first);
  if (copy) return copy;
  return network.catch(async () => {
    if (await whose().then(({ until }) => until && until < Date.now())) await wipe();
    return (await caches.open(SHELL)).match(PORTAL.offline, { ignoreVary: true });
  });
}

addEventListener("install", (event) => event.waitUntil(freshShell("")));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (isFile(pathname)) event.respondWith(file(pathname));
  else if (request.mode === "navigate" || request.headers.get("Accept") === "text/html") event.respondWith(page(event));
});
addEventListener("message", (event) => {
  if (event.data === "take over") skipWaiting();
  if (event.data === "wipe") event.waitUntil(wipe());
});
