// The phone at the door: badges are read by the camera or typed, kept on the device, sent in numbered batches.
//
// A batch keeps its number until the portal has answered, so an answer that got lost does no harm: the same batch gets
// the same answer. Kept are tokens, times and what was done, never names. Without this file the form sends one number.
// They belong to who scanned them: what a colleague has left on this device waits until that colleague signs in.
// What waits is told in `count` and `page`, for the sign-out of every page (ui/offline.js).
// Times are milliseconds by this device's clock; the portal takes only their distance to `clock`.
const box = document.querySelector("[data-scan]");
const words = box.dataset;
const form = box.querySelector("[data-typed]");
const ALL = `unsent-scans-${words.scan}-`;
const KEY = ALL + words.owner;
const MOST = 100; // of a batch
const AGAIN_MS = 5000;
const TWICE_MS = 4000; // a camera sees a badge many times
const SHOWN = 20;
const BADGE = /^[0-9A-Z]{16}$/;
const LOOKS_LIKE = { О: "0", А: "A", В: "B", Е: "E", З: "3", К: "K", М: "M", Н: "H", Р: "P", С: "C", Т: "T", Х: "X", У: "Y" };

const part = (name) => box.querySelector(`[data-${name}]`);

function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    if (found && Array.isArray(found.queue)) return found;
  } catch {
    // Nothing was kept, or it cannot be read.
  }
  return { device: crypto.randomUUID(), number: 0, batch: null, queue: [] };
}

const kept = read(KEY);
const count = (one) => one.queue.length + (one.batch ? one.batch.scans.length : 0);
const unsent = () => count(kept);
function keep() {
  localStorage.setItem(KEY, JSON.stringify({ ...kept, count: unsent(), page: location.pathname }));
}

function ofOthers() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(ALL) && key !== KEY);
  return keys.reduce((sum, key) => sum + count(read(key)), 0);
}

let trouble = "";

function show() {
  part("status").hidden = false;
  part("count").textContent = unsent() ? words.unsent.replace("{n}", unsent()) : words.allSent;
  part("link").textContent = trouble;
  const others = ofOthers();
  part("others-wait").hidden = !others;
  part("others-wait").textContent = words.others.replace("{n}", others);
}

const clean = (text) =>
  text
    .toUpperCase()
    .replace(/[\s\-–—_.]/g, "")
    .replace(/[А-Я]/g, (sign) => LOOKS_LIKE[sign] || sign);

const lately = new Map();
function take(text, at = Date.now()) {
  const token = clean(text);
  const sign = new FormData(form).get("sign") || "came";
  if (!BADGE.test(token)) return note(text.slice(0, 40), words.strange, "bad");
  const last = lately.get(token + sign);
  if (last && at - last < TWICE_MS) {
    lately.set(token + sign, at);
    return null;
  }
  lately.set(token + sign, at);
  kept.queue.push({ text: token, sign, at });
  keep();
  note(token, words.kept, "");
  show();
  return send();
}

function note(what, said, kind) {
  part("log-box").hidden = false;
  const line = document.createElement("li");
  line.className = "row row--apart";
  line.dataset.token = what;
  const name = document.createElement("span");
  const state = document.createElement("span");
  name.textContent = what.replace(/(.{4})(?=.)/g, BADGE.test(what) ? "$1-" : "$1");
  state.className = kind ? `badge badge--${kind}` : "badge";
  state.textContent = said;
  line.append(name, state);
  part("log").prepend(line);
  while (part("log").children.length > SHOWN) part("log").lastElementChild.remove();
}

function answered(scans, results) {
  scans.forEach((scan, at) => {
    const { outcome, label, name } = results[at];
    const line = [...part("log").children].find((one) => one.dataset.token === scan.text && !one.dataset.done);
    if (!line) return;
    line.dataset.done = "1";
    line.firstElementChild.textContent = name;
    line.lastElementChild.textContent = label;
    line.lastElementChild.className = `badge badge--${{ noted: "ok", trial: "info" }[outcome] || "bad"}`;
  });
}

let sending = false;
let timer = 0;
async function send() {
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  try {
    while (unsent()) {
      if (!kept.batch) {
        kept.batch = { number: kept.number, scans: kept.queue.splice(0, MOST) };
        kept.number += 1;
        keep();
      }
      const results = await post(kept.batch);
      answered(kept.batch.scans, results);
      kept.batch = null;
      keep();
      trouble = "";
      show();
    }
  } catch (error) {
    trouble = error.said || words.noLink;
    if (trouble === words.signIn) await refresh();
    timer = setTimeout(send, AGAIN_MS);
  } finally {
    sending = false;
    show();
  }
}

async function post(batch) {
  const answer = await fetch(words.address, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify({
      owner: words.owner,
      device: kept.device,
      number: batch.number,
      scans: batch.scans,
      clock: Date.now(),
    }),
  });
  const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  if (answer.ok && isJson && !answer.redirected) return (await answer.json()).results;
  const trouble = new Error(String(answer.status));
  if (answer.redirected || answer.status === 403) trouble.said = words.signIn;
  else if (isJson) trouble.said = words.refused.replace("{said}", (await answer.json()).said);
  throw trouble;
}

// Whoever has signed in again has another token for forms.
async function refresh() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = fresh.querySelector("[data-typed] [name=csrfmiddlewaretoken]");
    if (token) form.querySelector("[name=csrfmiddlewaretoken]").value = token.value;
  } catch {
    // No link: the next try comes.
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = form.elements.token;
  if (field.value.trim()) take(field.value);
  field.value = "";
  field.focus();
});

// Whoever has said at the sign-out that the marks are to stay is not asked again.
const isLeaving = () => document.querySelector("[data-wipes] [name=keep]");
addEventListener("beforeunload", (event) => unsent() && !isLeaving() && event.preventDefault());
addEventListener("online", send);

let stream = null;
async function camera(reader) {
  const toggle = part("toggle");
  const [on, off] = [toggle.textContent, toggle.dataset.stop];
  const video = part("video");
  toggle.addEventListener("click", async () => {
    if (stream) {
      for (const track of stream.getTracks()) track.stop();
      stream = null;
    } else {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        trouble = words.noCamera;
        return show();
      }
      video.srcObject = stream;
      await video.play();
      look();
    }
    video.hidden = !stream;
    toggle.textContent = stream ? off : on;
  });

  async function look() {
    if (!stream) return;
    try {
      for (const code of await reader.detect(video)) take(code.rawValue);
    } catch {
      // A frame that is not there yet.
    }
    setTimeout(look, 150);
  }
}

async function begin() {
  show();
  const formats = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  const can = formats.includes("qr_code") && navigator.mediaDevices;
  part("camera").hidden = !can;
  part("no-reader").hidden = Boolean(can);
  form.dataset.keeps = "";
  if (can) camera(new BarcodeDetector({ formats: ["qr_code"] }));
  send();
}

// Two tabs would number their batches alike: the second one steps back.
if (navigator.locks) {
  navigator.locks.request(KEY, { ifAvailable: true }, (lock) => {
    if (!lock) {
      trouble = words.otherTab;
      form.querySelector("button").disabled = true;
      return show();
    }
    begin();
    return new Promise(() => {});
  });
} else begin();
