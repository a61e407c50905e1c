// Sharing a card: the phone's own way where there is one, copying where the browser may; the link itself is always there.
for (const box of document.querySelectorAll("[data-share]")) {
  const field = box.querySelector("input");
  const copy = box.querySelector("[data-copy]");
  const send = box.querySelector("[data-send]");
  const said = box.querySelector("[data-said]");
  field.addEventListener("focus", () => field.select());
  if (navigator.clipboard) {
    const label = copy.textContent;
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      copy.textContent = said.textContent = copy.dataset.done;
      setTimeout(() => (copy.textContent = label), 4000);
    });
  }
  if (navigator.share) {
    send.hidden = false;
    send.addEventListener("click", () => navigator.share({ title: box.dataset.share, url: field.value }).catch(() => {}));
  }
}
