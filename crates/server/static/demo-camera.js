// @ts-check
// A camera for who has none, in a demonstration only: a photograph on a canvas that sways a little, as a person before a camera does.

const CHOSEN = "recording";
const [WIDTH, HEIGHT, RATE] = [1280, 720, 15];
const SWAY = 6;

/** A photograph follows nothing that it is asked: its pictures are sent without a film. */
export const still = true;

const list = /** @type {HTMLSelectElement | null} */ (document.getElementById("recording"));
if (list) {
  list.value = sessionStorage.getItem(CHOSEN) ?? "";
  list.addEventListener("change", () => {
    sessionStorage.setItem(CHOSEN, list.value);
    location.reload();
  });
}

/** The chosen recording as a camera's stream; null where the machine's own camera was chosen. @returns {Promise<MediaStream | null>} */
export async function open() {
  const chosen = sessionStorage.getItem(CHOSEN);
  if (!chosen) return null;
  const picture = new Image();
  picture.src = `/demo/recordings/${encodeURIComponent(chosen)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const stream = canvas.captureStream(RATE);
  const track = stream.getVideoTracks()[0];
  const timer = setInterval(() => (track.readyState === "live" ? draw(canvas, picture) : clearInterval(timer)), 1000 / RATE);
  draw(canvas, picture);
  return stream;
}

/** @param {HTMLCanvasElement} canvas @param {HTMLImageElement} picture */
function draw(canvas, picture) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const at = performance.now() / 1000;
  const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  context.fillStyle = "#9a9a94";
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.drawImage(picture, (WIDTH - width) / 2 + SWAY * Math.sin(at), (HEIGHT - height) / 2 + (SWAY / 2) * Math.sin(at * 1.7), width, height);
}
