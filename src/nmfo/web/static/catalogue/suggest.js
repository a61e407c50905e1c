// Suggestions under a search field: a list box that the arrows walk through; Escape closes it, Enter follows or searches.
const WAIT_MS = 150;
const LEAST = 2;

for (const box of document.querySelectorAll("[data-suggest]")) {
  const input = box.querySelector("input");
  const list = document.createElement("ul");
  list.id = `${input.id}-list`;
  list.className = "suggest__l";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.querySelector("label").textContent);
  list.hidden = true;
  box.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  let timer = 0;
  let running = null;
  let at = -1;
  const kept = new Map();

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    const options = [...list.children];
    at = (place + options.length + 1) % (options.length + 1); // one place more: the field itself
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at < options.length) {
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const fill = (items) => {
    list.replaceChildren(
      ...items.map((item, number) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${number}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.url = item.url;
        const text = document.createElement("span");
        text.textContent = item.text;
        const kind = document.createElement("small");
        kind.textContent = item.kind;
        option.append(text, kind);
        return option;
      }),
    );
    at = items.length;
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", String(items.length > 0));
    input.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    const text = input.value.trim();
    if (text.length < LEAST) return close();
    if (kept.has(text)) return fill(kept.get(text));
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: running.signal });
      if (!answer.ok) return close();
      const { items } = await answer.json();
      kept.set(text, items);
      if (input.value.trim() === text && document.activeElement === input) fill(items);
    } catch {
      close(); // no connection: the field searches all the same
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at >= list.children.length ? 0 : at + 1);
    else if (event.key === "ArrowUp") mark(at <= 0 ? list.children.length : at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && at >= 0 && at < list.children.length) location.assign(list.children[at].dataset.url);
    else return;
    event.preventDefault();
  });
  input.form?.addEventListener("submit", () => {
    clearTimeout(timer);
    running?.abort();
    close();
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the field keeps the focus until the page changes
    const option = event.target.closest("li");
    if (option) location.assign(option.dataset.url);
  });
  input.addEventListener("blur", close);
}
