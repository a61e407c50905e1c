// Passkeys: the options come with the page, the browser's answer goes back in the form.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const create = async (options) => {
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  for (const known of options.excludeCredentials || []) known.id = toBytes(known.id);
  const made = await navigator.credentials.create({ publicKey: options });
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
    },
  };
};

const get = async (options) => {
  options.challenge = toBytes(options.challenge);
  for (const known of options.allowCredentials || []) known.id = toBytes(known.id);
  const found = await navigator.credentials.get({ publicKey: options });
  return {
    id: found.id,
    rawId: toText(found.rawId),
    type: found.type,
    response: {
      clientDataJSON: toText(found.response.clientDataJSON),
      authenticatorData: toText(found.response.authenticatorData),
      signature: toText(found.response.signature),
      userHandle: found.response.userHandle ? toText(found.response.userHandle) : null,
    },
  };
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  const say = form.querySelector("[data-say]");
  form.addEventListener("submit", async (event) => {
    const answer = form.querySelector("[name=answer]");
    if (answer.value) return;
    event.preventDefault();
    event.stopPropagation();
    if (!window.PublicKeyCredential) {
      say.textContent = say.dataset.unable;
      return;
    }
    try {
      const ask = form.dataset.passkey === "create" ? create : get;
      answer.value = JSON.stringify(await ask(JSON.parse(form.dataset.options)));
      form.requestSubmit();
    } catch {
      say.textContent = say.dataset.unable;
    }
  });
}
