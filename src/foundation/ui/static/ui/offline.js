// Without a connection: the bar that says so, forms that wait, the list of kept pages, the new version of the portal.
const GREEN_MS = 4000;
const root = document.documentElement;
const place = document.getElementById("offline");
const bars = document.getElementById("offline-bars");
const saved = Number(root.dataset.saved); // set by the worker in a copy

function moment(at) {
  const day = at.toLocaleDateString(root.lang, { day: "numeric", month: "long" });
  const time = at.toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
  return { day, time, isToday: at.toDateString() === new Date().toDateString() };
}

function say(why) {
  const bar = bars.content.querySelector(`[data-why=${why}]`).cloneNode(true);
  const words = bar.querySelector("[data-today]");
  if (words) {
    const { day, time, isToday } = moment(new Date(saved));
    words.textContent = (isToday ? words.dataset.today : words.dataset.earlier)
      .replace("{day}", day).replace("{time}", time);
  }
  place.replaceChildren(bar);
  return bar;
}

// An open menu would hide what is said about its own form.
function closeMenu(form) {
  const menu = form.closest("details[data-menu]");
  if (menu) menu.open = false;
}

function hush() {
  if (saved) say(root.dataset.why);
  else place.replaceChildren();
}

if (saved) say(root.dataset.why);
else if (!navigator.onLine && !document.querySelector("[data-saved-pages]")) say("lost");
addEventListener("offline", () => say(saved ? "away" : "lost"));
addEventListener("online", () => {
  const bar = say("back");
  if (saved) return; // the link to the fresh page stays
  bar.querySelector("[data-fresh]").remove();
  setTimeout(hush, GREEN_MS);
});

// What a page keeps on the device until it is sent stands in the browser's storage as `unsent-…`, with the `count` and
// the `page` that sends it. A sign-out wipes the storage: it waits until somebody says that this part is to stay.
const UNSENT = "unsent-";
function unsent() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(UNSENT));
    return keys.map((key) => JSON.parse(localStorage.getItem(key))).filter((one) => one.count);
  } catch {
    return []; // a browser that keeps nothing
  }
}

function holdBack(form, { page }) {
  const bar = say("waiting");
  bar.querySelector("a").href = page;
  bar.querySelector("button").addEventListener("click", () => {
    const keep = document.createElement("input");
    Object.assign(keep, { type: "hidden", name: "keep", value: "unsent" });
    form.append(keep);
    for (const key of Object.keys(localStorage)) if (!key.startsWith(UNSENT)) localStorage.removeItem(key);
    sessionStorage.clear();
    form.requestSubmit();
  });
  closeMenu(form);
  bar.scrollIntoView({ block: "center" });
  bar.focus();
}

// A form is not sent into nowhere: the browser's own error page would take what was typed. A sign-out wipes first.
// A page whose script keeps what is sent marks its form with data-keeps.
document.addEventListener(
  "submit",
  (event) => {
    if (event.target.matches("[data-wipes]")) {
      const [first] = unsent();
      if (first && !event.target.elements.keep) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return holdBack(event.target, first);
      }
      wipe();
    }
    if (navigator.onLine || event.target.method !== "post" || event.target.matches("[data-keeps]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say("unsent");
    closeMenu(event.target);
    place.scrollIntoView({ block: "center" });
  },
  { capture: true },
);

async function wipe() {
  navigator.serviceWorker?.controller?.postMessage("wipe");
  for (const name of await caches.keys()) if (/^(whose|pages-)/.test(name)) await caches.delete(name);
}

// The list of kept pages, the newest first.
const list = document.querySelector("[data-saved-pages]");
if (list) {
  if (location.pathname !== list.dataset.savedPages) {
    list.querySelector("[data-asked-for]").hidden = true;
    const instead = list.querySelector("[data-in-place-of-another]");
    instead.hidden = false;
    document.title = instead.querySelector("h1").textContent + list.dataset.tail;
    // Somebody who has just chosen a kept page goes there: a reload would take that back.
    let leaves = false;
    addEventListener("beforeunload", () => (leaves = true));
    addEventListener("online", () => leaves || location.reload());
  }
  show(list);
}

async function show(box) {
  const lines = [];
  for (const name of "caches" in window ? await caches.keys() : []) {
    if (!name.startsWith("pages-")) continue;
    const pages = await caches.open(name);
    for (const request of (await pages.keys()).reverse()) lines.push(line(request.url, await pages.match(request), box));
  }
  box.querySelector("[data-list]").replaceChildren(...lines);
  box.querySelector("[data-nothing]").hidden = lines.length > 0;
}

function line(url, copy, box) {
  const title = new DOMParser().parseFromString(decodeURIComponent(copy.headers.get("Saved-Title")), "text/html");
  const { day, time, isToday } = moment(new Date(Number(copy.headers.get("Saved-At"))));
  const link = document.createElement("a");
  link.href = url;
  link.textContent = title.body.textContent.replace(/\s+/g, " ").replace(box.dataset.tail, "");
  const when = document.createElement("span");
  when.className = "muted small";
  when.textContent = isToday ? time : `${day}, ${time}`;
  const item = document.createElement("li");
  item.append(link, when);
  return item;
}

// The worker; a new version of it waits until somebody says so, because pages of the old one are open.
function offer(worker) {
  const toast = document.getElementById("offline-toast").content.firstElementChild.cloneNode(true);
  toast.querySelector("button").addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("take over");
  });
  document.body.append(toast);
}

async function start(address, keeps) {
  const workers = navigator.serviceWorker;
  const known = workers.controller;
  const registration = await workers.register(address, { updateViaCache: "none" });
  if (registration.waiting && known) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh.addEventListener("statechange", () => fresh.state === "installed" && known && offer(fresh));
  });
  if (known || !keeps) return;
  // The first page of all came past the worker: it is asked for again, so that it is kept as well.
  workers.addEventListener("controllerchange", () => fetch(location.href, { headers: { Accept: "text/html" } }), {
    once: true,
  });
}

const { worker, keeps } = bars.dataset;
if ("serviceWorker" in navigator) start(worker, keeps !== undefined).catch(() => {}); // private windows refuse
