// The editor of an item: small comforts; everything works without them.
const form = document.querySelector("[data-editor]");

// A long list of specialties is filtered while typing; the groups that have something open themselves.
const plain = (text) => text.toLowerCase().replaceAll("ё", "е");
for (const input of document.querySelectorAll("[data-filter]")) {
  const box = document.getElementById(input.dataset.filter);
  const groups = [...box.querySelectorAll("[data-filter-group]")];
  input.hidden = false;
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    for (const group of groups) {
      let found = 0;
      for (const label of group.querySelectorAll("label")) {
        const fits = words.every((word) => plain(label.textContent).includes(word));
        label.hidden = !fits;
        found += Number(fits);
      }
      group.open = words.length > 0 && found > 0;
    }
  });
}

// Texts are shown as the card will show them, a moment after the last key. The server makes them safe.
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
for (const box of document.querySelectorAll("[data-prose-preview]")) {
  const input = document.getElementById(box.dataset.prosePreview);
  const place = box.querySelector(".prose");
  let timer = 0;
  let asked = 0;
  const show = async () => {
    const number = (asked += 1);
    if (!input.value.trim()) {
      box.hidden = true;
      return;
    }
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams({ text: input.value, csrfmiddlewaretoken: token }),
    }).catch(() => null);
    if (number !== asked || !answer || !answer.ok) return;
    place.innerHTML = await answer.text();
    box.hidden = false;
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 600);
  });
}

// What was typed stays in this tab until it is saved: a closed session or a lost link does not take it away.
const key = `item:${form.dataset.editor}`;
const kept = document.querySelector("[data-kept]");
const values = () => {
  const found = [];
  for (const element of form.elements) {
    if (!element.name || element.type === "hidden" || element.type === "file" || element.type === "submit") continue;
    const ticks = element.type === "checkbox" || element.type === "radio";
    found.push([element.id, ticks ? element.checked : element.value]);
  }
  return JSON.stringify(found);
};
const first = values();
const stored = sessionStorage.getItem(key);
if (stored && stored !== first) kept.hidden = false;
kept.querySelector("[data-kept-restore]").addEventListener("click", () => {
  for (const [id, value] of JSON.parse(stored)) {
    const element = document.getElementById(id);
    if (!element) continue;
    if (typeof value === "boolean") element.checked = value;
    else element.value = value;
  }
  kept.hidden = true;
});
kept.querySelector("[data-kept-forget]").addEventListener("click", () => {
  sessionStorage.removeItem(key);
  kept.hidden = true;
});
let sent = false;
form.addEventListener("input", () => sessionStorage.setItem(key, values()));
form.addEventListener("submit", () => {
  sent = true;
});
window.addEventListener("beforeunload", (event) => {
  if (!sent && values() !== first) event.preventDefault();
});
// A saved draft has another revision, so its texts are kept under another name; the former ones are not needed.
for (const name of Object.keys(sessionStorage)) {
  if (name.startsWith(`item:${form.dataset.editor.split(":")[0]}:`) && name !== key) sessionStorage.removeItem(name);
}
