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

let stream = null;

function close() {
  for (const track of stream ? stream.getTracks() : []) track.stop();
  stream = null;
  scanner.hidden = true;
  button.focus();
}

async function scan(detector) {
  const video = scanner.querySelector("video");
  const mine = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  if (scanner.hidden || stream) return mine.getTracks().forEach((track) => track.stop()); // closed meanwhile
  stream = mine;
  video.srcObject = stream;
  await video.play();
  while (stream === mine) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found && stream === mine) {
      close();
      return put(found.rawValue);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function show(isRefused) {
  scanner.hidden = false;
  for (const part of scanner.querySelectorAll("video, [data-said]")) part.hidden = isRefused;
  scanner.querySelector("[data-refused]").hidden = !isRefused;
}

if ("BarcodeDetector" in window && navigator.mediaDevices) {
  const kinds = await BarcodeDetector.getSupportedFormats().catch(() => []);
  button.hidden = !kinds.includes("qr_code");
  scanner.querySelector("[data-stop]").addEventListener("click", close);
  button.addEventListener("click", () => {
    if (stream) return;
    show(false);
    scan(new BarcodeDetector({ formats: ["qr_code"] })).catch(() => {
      close();
      show(true);
    });
  });
}
