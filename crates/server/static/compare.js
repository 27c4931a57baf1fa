// @ts-check
// Live picture and portrait side by side: cut and turned so that the eyes lie level and at one height, at equal size. Digits choose the portrait,
// F lays one over the other in turns (twice a second, which is calm enough for everybody; each key press shows the other where motion is not
// wanted), letters step through the regions. The pictures are asked for once: each look is an entry of the ledger. They stay until the outcome.

const SIDE = 300;
const FLICKER_MS = 500;
/** How much larger than its box a region is shown. */
const ROOM = 1.35;

const box = /** @type {HTMLElement} */ (document.getElementById("compare"));
const tools = /** @type {HTMLTemplateElement} */ (document.getElementById("compare-tools"));

/** @typedef {{ image: ImageBitmap, taken: string | null, outline: any }} Shown */
/** @type {{ live: Shown[], portraits: Shown[] }} */
let all = { live: [], portraits: [] };
let live = 0;
let portrait = 0;
let region = "";
let flicker = 0;
let swapped = false;

/** @param {any} picture @returns {Promise<Shown>} */
async function opened(picture) {
  const bytes = Uint8Array.from(atob(picture.data), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: picture.media_type }), { imageOrientation: "from-image" });
  return { image, taken: picture.taken_on, outline: picture.outline };
}

/** The square of a picture that is shown: the face, or a region of it. @param {Shown} shown */
function square(shown) {
  const { outline, image } = shown;
  if (!outline) {
    const side = Math.min(image.width, image.height);
    return { x: image.width / 2, y: image.height / 2, side, angle: 0 };
  }
  const { crop, regions } = outline;
  const angle = crop.angle_deg;
  const parts = region ? regions.filter((/** @type {any} */ one) => one.name.endsWith(region)) : [];
  if (!parts.length) return { x: crop.x, y: crop.y, side: crop.side, angle };
  const left = Math.min(...parts.map((/** @type {any} */ p) => p.x));
  const top = Math.min(...parts.map((/** @type {any} */ p) => p.y));
  const right = Math.max(...parts.map((/** @type {any} */ p) => p.x + p.width));
  const bottom = Math.max(...parts.map((/** @type {any} */ p) => p.y + p.height));
  const side = Math.max(right - left, bottom - top, crop.side / 5) * ROOM;
  return { x: (left + right) / 2, y: (top + bottom) / 2, side, angle };
}

/** @param {HTMLCanvasElement} canvas @param {Shown | undefined} shown */
function draw(canvas, shown) {
  const context = canvas.getContext("2d");
  if (!context) return;
  context.reset();
  if (!shown) return;
  const { x, y, side, angle } = square(shown);
  context.translate(SIDE / 2, SIDE / 2);
  context.rotate((-angle * Math.PI) / 180);
  context.scale(SIDE / side, SIDE / side);
  context.translate(-x, -y);
  context.imageSmoothingQuality = "high";
  context.drawImage(shown.image, 0, 0);
}

function show() {
  const [left, right] = box.querySelectorAll("canvas");
  if (!left || !right) return;
  draw(left, swapped ? all.portraits[portrait] : all.live[live]);
  draw(right, all.portraits[portrait]);
  const date = /** @type {HTMLElement} */ (box.querySelector("[data-date]"));
  // The list of portraits says the date as the office writes it, in the same order.
  const listed = document.querySelectorAll(".portraits li")[portrait]?.firstChild?.textContent;
  date.textContent = listed?.trim() || all.portraits[portrait]?.taken || box.dataset.unknown || "";
  for (const button of box.querySelectorAll("[data-region]")) pressed(button, button.getAttribute("data-region") === region);
  for (const button of box.querySelectorAll("[data-portrait]")) pressed(button, Number(button.getAttribute("data-portrait")) === portrait);
  for (const button of box.querySelectorAll("[data-live-picture]")) pressed(button, Number(button.getAttribute("data-live-picture")) === live);
}

/** @param {Element} button @param {boolean} yes */
function pressed(button, yes) {
  button.setAttribute("aria-pressed", String(yes));
}

function toggleFlicker() {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    swapped = !swapped;
    return show();
  }
  const button = /** @type {Element} */ (box.querySelector("[data-flicker]"));
  if (flicker) {
    clearInterval(flicker);
    flicker = 0;
    swapped = false;
  } else {
    flicker = setInterval(() => {
      swapped = !swapped;
      show();
    }, FLICKER_MS);
  }
  pressed(button, flicker !== 0);
  show();
}

/** @param {Element} place @param {string} attribute @param {number} count @param {boolean} keys */
function numbers(place, attribute, count, keys) {
  for (let number = 0; number < count; number += 1) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute(attribute, String(number));
    if (keys && number < 7) button.dataset.key = String(number + 1);
    const label = document.createElement(keys ? "kbd" : "span");
    label.textContent = String(number + 1);
    button.append(label);
    place.append(button);
  }
}

async function load() {
  const address = box.dataset.pictures ?? "";
  if (!address) return close();
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) {
    box.hidden = false;
    box.replaceChildren(Object.assign(document.createElement("p"), { className: "look", textContent: box.dataset.failed }));
    return;
  }
  const pictures = await answer.json();
  all = { live: await Promise.all(pictures.live.map(opened)), portraits: await Promise.all(pictures.portraits.map(opened)) };
  live = portrait = 0;
  region = "";
  box.replaceChildren(tools.content.cloneNode(true));
  numbers(/** @type {Element} */ (box.querySelector("[data-portraits]")), "data-portrait", all.portraits.length, true);
  if (all.live.length > 1) numbers(/** @type {Element} */ (box.querySelector("[data-lives]")), "data-live-picture", all.live.length, false);
  box.hidden = false;
  show();
}

/** After the judgement the pictures are not fetched by themselves: who wants to look again says so. */
function offer() {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: box.dataset.again });
  button.addEventListener("click", load);
  box.replaceChildren(button);
  box.hidden = false;
}

/** After the outcome nothing of a picture stays in the page. */
function close() {
  clearInterval(flicker);
  flicker = 0;
  for (const shown of [...all.live, ...all.portraits]) shown.image.close();
  all = { live: [], portraits: [] };
  box.replaceChildren();
  box.hidden = true;
}

box.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("button");
  if (!button) return;
  if (button.dataset.region !== undefined) region = button.dataset.region;
  else if (button.dataset.portrait !== undefined) portrait = Number(button.dataset.portrait);
  else if (button.dataset.livePicture !== undefined) live = Number(button.dataset.livePicture);
  else if (button.dataset.flicker !== undefined) return toggleFlicker();
  show();
});
box.addEventListener("pictures", load);
if (box.dataset.again) offer();
else load();
