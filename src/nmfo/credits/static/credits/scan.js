// Entering a code: from the letter's link (after the mark #, which never leaves the browser) or by the camera.
const field = document.querySelector("[data-code]");
const button = document.querySelector("[data-scan]");
const scanner = document.querySelector("[data-scanner]");

function put(text) {
  field.value = decodeURIComponent(text.split("#").pop()).slice(0, field.maxLength);
  field.focus();
}

if (location.hash.length > 1) {
  put(location.hash);
  history.replaceState(null, "", location.pathname); // the address is kept by the browser, the code must not be
}

const EVERY_MS = 200;

async function scan(detector) {
  const video = scanner.querySelector("video");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  let open = true;
  const close = () => {
    open = false;
    for (const track of stream.getTracks()) track.stop();
    scanner.hidden = true;
    button.focus();
  };
  scanner.querySelector("[data-stop]").addEventListener("click", close, { once: true });
  video.srcObject = stream;
  await video.play();
  while (open) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) {
      close();
      put(found.rawValue);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

if ("BarcodeDetector" in window && navigator.mediaDevices) {
  const kinds = await BarcodeDetector.getSupportedFormats().catch(() => []);
  button.hidden = !kinds.includes("qr_code");
  button.addEventListener("click", () => {
    const refused = scanner.querySelector("[data-refused]");
    scanner.hidden = false;
    refused.hidden = true;
    scan(new BarcodeDetector({ formats: ["qr_code"] })).catch(() => (refused.hidden = false));
  });
}
