// The inbox of applications: how many are chosen, all of the page at once, the card beside the list. Works without it.
const form = document.querySelector("[data-inbox]");

if (form) {
  const boxes = [...form.querySelectorAll("input[name=row]")];
  const told = form.querySelector("[data-chosen]");
  const all = form.querySelector("[data-all]");
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (told) {
      const bulk = told.closest(".bulk");
      bulk.hidden = !chosen;
      told.textContent = `${told.dataset.some} ${chosen}`;
    }
    if (all) {
      const box = all.querySelector("input");
      box.checked = chosen === boxes.length && chosen > 0;
      box.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    for (const box of boxes) box.closest("tr").classList.toggle("sel", box.checked);
  };
  form.addEventListener("change", (event) => {
    if (all && all.contains(event.target)) for (const box of boxes) box.checked = event.target.checked;
    count();
  });
  if (all && boxes.length) all.hidden = false;
  count();
}

// On a wide screen a name opens the card beside the list and keeps what is chosen; elsewhere it is a link to its page.
const side = document.querySelector("[data-side]");
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-open]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!link || !plain || !side || getComputedStyle(side).display === "none") return;
  event.preventDefault();
  const answer = await fetch(link.dataset.open).catch(() => null);
  const page = answer && answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const card = page && page.querySelector("[data-side]");
  if (!card) {
    location.assign(link.href);
    return;
  }
  side.replaceChildren(...card.childNodes);
  for (const row of document.querySelectorAll("tr.open")) row.classList.remove("open");
  for (const other of document.querySelectorAll("a[data-open][aria-current]")) other.removeAttribute("aria-current");
  link.closest("tr").classList.add("open");
  link.setAttribute("aria-current", "true");
  history.replaceState(null, "", link.dataset.open);
});

// J and K walk through the names.
document.addEventListener("keydown", (event) => {
  const step = { KeyJ: 1, KeyK: -1 }[event.code];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,select,textarea")) return;
  const links = [...document.querySelectorAll("a[data-open]")];
  const next = links[links.indexOf(document.activeElement) + step] || links[step > 0 ? 0 : links.length - 1];
  if (next) next.focus();
});
