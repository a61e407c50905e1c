// «Я не робот»: the tick sets a worker to its task; its answer goes with the form. Without a secure context or scripts
// the figures remain.
for (const box of document.querySelectorAll("[data-human]")) {
  const tick = box.querySelector("[data-tick]");
  const say = box.querySelector("[data-say]");
  const other = box.querySelector("[data-other]");
  if (!window.isSecureContext || !window.Worker) {
    other.open = true;
    continue;
  }
  box.querySelector("[data-tickbox]").hidden = false;
  other.open = false;

  const state = (name) => {
    box.dataset.state = name;
    say.textContent = say.dataset[name] || "";
  };
  const fail = () => {
    state("failed");
    tick.checked = false;
    other.open = true;
  };
  tick.addEventListener("change", async () => {
    if (!tick.checked || box.dataset.state === "working") return;
    state("working");
    try {
      const answer = await fetch(box.dataset.challenge, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const challenge = await answer.json();
      const worker = new Worker(box.dataset.worker);
      worker.onerror = fail;
      worker.onmessage = (event) => {
        worker.terminate();
        if (!event.data || event.data.error || event.data.counter === undefined) return fail();
        box.querySelector("[data-work]").value = btoa(JSON.stringify({ challenge, solution: event.data }));
        state("done");
      };
      worker.postMessage({ type: "work", challenge, counterStart: 0, counterStep: 1, timeout: 90000 });
    } catch {
      fail();
    }
  });
}
