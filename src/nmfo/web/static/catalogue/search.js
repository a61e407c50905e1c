// Results change in place when a filter, the order or the page does; without this file the form is sent as a whole.
const form = document.querySelector("[data-catalogue]");
const wide = () => getComputedStyle(document.querySelector(".cat__mob")).display === "none";
let running = null;

function address() {
  const kept = [...new FormData(form)].filter(([, value]) => value);
  return form.action + (kept.length ? "?" + new URLSearchParams(kept) : "");
}

function put(fresh) {
  const focused = document.activeElement && document.activeElement.id;
  const opened = new Map([...document.querySelectorAll(".facet")].map((facet) => [facet.id, facet.open]));
  for (const id of ["facets", "found", "apply"]) {
    const now = document.getElementById(id);
    const next = fresh.getElementById(id);
    if (id === "found") {
      // The status stays the same element, so that its new text is read out.
      const status = document.getElementById("status");
      const text = next.querySelector("#status").innerHTML;
      next.querySelector("#status").replaceWith(status);
      now.replaceChildren(...next.childNodes);
      status.innerHTML = text;
    } else now.replaceChildren(...next.childNodes);
  }
  for (const [id, open] of opened) {
    const facet = document.getElementById(id);
    if (facet) facet.open = open || facet.open;
  }
  document.title = fresh.title;
  if (focused && focused !== document.activeElement.id) document.getElementById(focused)?.focus();
}

async function show(url, { push = true, focus = false, panel = false } = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  const found = document.getElementById("found");
  found.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return;
    if (push) history.pushState(null, "", fresh.getElementById("found").dataset.address + (panel ? location.hash : ""));
    form.elements.q.value = fresh.getElementById("q").value;
    put(fresh);
    if (focus) {
      document.getElementById("status").focus({ preventScroll: true });
      form.scrollIntoView({ block: "start" });
    }
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  } finally {
    if (running === mine) found.setAttribute("aria-busy", "false");
  }
}

form.addEventListener("change", (event) => {
  if (event.target.id === "q") return;
  show(address(), { panel: !wide() && location.hash === "#filters" });
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const panel = location.hash === "#filters";
  show(address(), { focus: true }).then(() => panel && location.replace("#results")); // closes the panel
});
form.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.matches("[data-swap]")) {
    event.preventDefault();
    show(link.href, { focus: true });
  } else if (link.matches("[data-more]")) {
    event.preventDefault();
    unfold(link);
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || location.hash !== "#filters" || wide()) return;
  location.replace("#open-filters"); // closes the panel; the browser moves the focus to the button there
});
addEventListener("popstate", () => show(location.href, { push: false }));

// The whole of a long list, with a field that filters it.
async function unfold(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) return location.assign(link.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const values = fresh.getElementById("values");
  const like = fresh.getElementById("like");
  if (!values) return location.assign(link.href);
  const body = link.closest(".facet__b");
  const field = document.createElement("input");
  const name = `like-${link.dataset.more}`;
  Object.assign(field, { type: "search", id: name, className: "in in--sm", placeholder: like.placeholder });
  field.setAttribute("aria-label", like.placeholder);
  field.addEventListener("input", () => sieve(values, field.value));
  field.addEventListener("change", (event) => event.stopPropagation());
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  values.id = `values-${link.dataset.more}`;
  const switches = [...body.querySelectorAll("input")].filter((box) => ["main", "anywhere"].includes(box.name));
  body.replaceChildren(field, values, ...switches.map((box) => box.closest("label")));
  field.focus();
}

function sieve(values, text) {
  const wanted = text.trim().toLowerCase().replaceAll("ё", "е");
  for (const label of values.querySelectorAll("label")) {
    label.hidden = !label.textContent.toLowerCase().replaceAll("ё", "е").includes(wanted);
  }
}
