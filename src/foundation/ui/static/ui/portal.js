// Small comforts; every page works without them.

// After a refused form the summary gets the focus, and its links lead to the field with its label in view.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
for (const link of document.querySelectorAll(".errsum a")) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.focus();
    (field.closest(".field") || field).scrollIntoView({ block: "start" });
  });
}

// A second press of a button that has already sent its form does nothing. What a script has taken is not on its way.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button && button.classList.contains("btn")) button.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
});

// Menus close by Escape and by a click elsewhere.
const menus = () => document.querySelectorAll("details[data-menu][open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

// Passwords: shown on request, hidden again before sending; a word about Caps Lock.
for (const box of document.querySelectorAll("[data-password]")) {
  const input = box.querySelector("input");
  const button = box.querySelector("[data-show]");
  const showLabel = button.textContent;
  box.dataset.on = "";
  button.hidden = false;
  const turn = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? button.dataset.hideLabel : showLabel;
    button.setAttribute("aria-pressed", String(visible));
  };
  button.addEventListener("click", () => turn(input.type === "password"));
  if (input.form) input.form.addEventListener("submit", () => turn(false));
  const caps = box.parentElement.querySelector("[data-caps]");
  input.addEventListener("keyup", (event) => {
    if (event.getModifierState) caps.hidden = !event.getModifierState("CapsLock");
  });
}

// Rules of a new password turn green while typing.
for (const list of document.querySelectorAll("[data-rules]")) {
  const input = document.getElementById(list.dataset.rules);
  const check = () => {
    for (const rule of list.querySelectorAll("[data-min],[data-signs]")) {
      const met = rule.dataset.min
        ? input.value.length >= Number(rule.dataset.min)
        : new Set(input.value).size >= Number(rule.dataset.signs);
      rule.classList.toggle("ok", met);
    }
  };
  input.addEventListener("input", check);
  check();
}
for (const button of document.querySelectorAll("[data-fill]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.fill);
    input.value = button.dataset.value;
    input.type = "text";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
}

// СНИЛС and telephone are grouped when the field is left, never while typing.
const groups = {
  snils: (digits) => (digits.length === 11 ? digits.replace(/(\d{3})(\d{3})(\d{3})(\d{2})/, "$1-$2-$3 $4") : null),
  phone: (digits) => {
    const ten = digits.length === 11 && /^[78]/.test(digits) ? digits.slice(1) : digits;
    return ten.length === 10 && ten[0] === "9" ? ten.replace(/(\d{3})(\d{3})(\d{2})(\d{2})/, "+7 $1 $2-$3-$4") : null;
  },
};
for (const input of document.querySelectorAll("[data-group]")) {
  input.addEventListener("blur", () => {
    if (input.value.includes("@")) return;
    const shown = groups[input.dataset.group](input.value.replace(/\D/g, ""));
    if (shown) input.value = shown;
  });
}

// Chosen files are named with their size.
for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  const list = drop.querySelector("[data-files]");
  input.addEventListener("change", () => {
    list.replaceChildren(
      ...[...input.files].map((file) => {
        const line = document.createElement("span");
        line.textContent = `${file.name}, ${Math.max(1, Math.round(file.size / 1024))} KB`;
        return line;
      }),
    );
  });
}

// Reading aloud, where the browser can speak.
for (const button of document.querySelectorAll("[data-speak]")) {
  if (!("speechSynthesis" in window)) continue;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel();
      button.textContent = label;
      return;
    }
    const speech = new SpeechSynthesisUtterance(document.getElementById("main").innerText);
    speech.lang = document.documentElement.lang;
    speech.onend = () => (button.textContent = label);
    button.textContent = button.dataset.stopLabel;
    speechSynthesis.speak(speech);
  });
}

// Seconds until something may be asked for again.
for (const place of document.querySelectorAll("[data-countdown]")) {
  const button = place.closest("form").querySelector("button");
  let left = Number(place.dataset.countdown);
  const tick = () => {
    if (left <= 0) {
      button.disabled = false;
      place.hidden = true;
      return;
    }
    place.querySelector("[data-left]").textContent = String(left);
    left -= 1;
    setTimeout(tick, 1000);
  };
  if (left > 0) {
    button.disabled = true;
    tick();
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// What is under way looks again by itself; when it is over, the whole page comes anew.
const AGAIN_MS = 2000;
async function lookAgain() {
  const place = document.querySelector("[data-again]");
  if (!place) return;
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-again]");
    if (!fresh) {
      location.reload();
      return;
    }
    place.replaceChildren(...fresh.childNodes);
  } catch {
    // the portal is away for a moment: the next look will tell
  }
  setTimeout(lookAgain, AGAIN_MS);
}
setTimeout(lookAgain, AGAIN_MS);
