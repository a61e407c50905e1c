// «Я здесь» through a poor link: what was pressed is kept on the device and sent until the portal has answered.
// The page looks once a minute whether a window has opened; without this file people reload it and press the button.
// Times are milliseconds.
const live = () => document.getElementById("presence-live");
const LOOK_MS = 60000;
const AGAIN_MS = 5000;
const KEY = `presence-${live().dataset.presence}`;
const title = document.title;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(answer) {
  try {
    if (answer) localStorage.setItem(KEY, JSON.stringify(answer));
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing still sends.
  }
  waiting = answer;
}

let waiting = kept();
let sending = false;
const say = (text) => (live().querySelector("[data-said]").textContent = text);

async function send() {
  if (!waiting || sending) return;
  const form = document.querySelector("[data-here]");
  const token = (form || document).querySelector("[name=csrfmiddlewaretoken]")?.value || waiting.token;
  sending = true;
  try {
    const body = new URLSearchParams({ window: waiting.window, csrfmiddlewaretoken: token });
    const answer = await fetch(waiting.address, { method: "POST", body, headers: { Accept: "application/json" } });
    const type = answer.headers.get("Content-Type") || "";
    if (!answer.ok || answer.redirected || !type.startsWith("application/json")) throw new Error(String(answer.status));
    const { said } = await answer.json();
    keep(null);
    await look();
    say(said);
  } catch {
    if (Date.now() > waiting.until) {
      keep(null);
      say(live().dataset.late);
    } else {
      say(live().dataset.waits);
      setTimeout(send, AGAIN_MS);
    }
  } finally {
    sending = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-here]");
  if (!form) return;
  event.preventDefault();
  const { closes, grace } = live().dataset;
  const until = 1000 * (Number(closes) + 60 * Number(grace));
  const { window: number, csrfmiddlewaretoken: token } = Object.fromEntries(new FormData(form));
  keep({ address: form.action, window: number, token, until });
  send();
});

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.getElementById("presence-live");
    if (!next) return;
    if (live().contains(document.activeElement) && next.dataset.window === live().dataset.window) return;
    const said = live().querySelector("[data-said]");
    next.querySelector("[data-said]").replaceWith(said); // the same element, so that its new text is read out
    const opened = next.dataset.window && next.dataset.window !== live().dataset.window;
    live().replaceWith(next);
    mark();
    const windows = fresh.getElementById("presence-windows");
    if (windows) document.getElementById("presence-windows")?.replaceWith(windows);
    if (opened && !waiting) say(live().dataset.title);
    document.title = next.dataset.window ? `● ${live().dataset.title}` : title;
  } catch {
    // No link: the next look comes.
  }
}

const mark = () => document.querySelector("[data-here]")?.setAttribute("data-keeps", "");
mark();
if (live().dataset.window) document.title = `● ${live().dataset.title}`;
setInterval(() => live().dataset.running && look(), LOOK_MS);
addEventListener("online", () => send().then(look));
send();
