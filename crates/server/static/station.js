// @ts-check
// The station follows the visit by itself: it looks again whenever something happens in the office and every few seconds, goes on after a lost
// network or a reload, reads the notice aloud, and keeps the picture of the receipt until the end of the visit.

import { Camera } from "./camera.js";
import { able, hush, say, speaking } from "./voice.js";

const LOOK_MS = 4000;
/** How long a receipt stays on the screen at the end, so that the next person does not find it. */
const RECEIPT_MS = 90_000;
const RECEIPTS = "receipts";

const stage = () => /** @type {HTMLElement} */ (document.getElementById("stage"));
const offline = /** @type {HTMLElement} */ (document.getElementById("offline"));
/** @type {Camera | null} */
let camera = null;
let sent = stage().outerHTML;
let forget = 0;

/** The receipts of the visit at this station. @returns {{ visit: string, pictures: string[] }} */
function receipts() {
  try {
    return JSON.parse(sessionStorage.getItem(RECEIPTS) ?? "") ?? { visit: "", pictures: [] };
  } catch {
    return { visit: "", pictures: [] };
  }
}

/** Puts a fresh stage in place. @param {Document} page */
function put(page) {
  const fresh = page.getElementById("stage");
  if (!fresh) return;
  const was = stage().dataset;
  // While the camera looks, only its end changes the page. One that has ended and is asked for again starts again.
  if (was.stage === "camera" && !camera?.running) sent = "";
  if (fresh.outerHTML === sent) return;
  const same = was.stage === "camera" && fresh.dataset.stage === "camera" && was.person === fresh.dataset.person && camera?.running;
  sent = fresh.outerHTML;
  if (same) return;
  stage().replaceWith(document.importNode(fresh, true));
  const header = page.querySelector("header.house");
  if (header) document.querySelector("header.house")?.replaceWith(document.importNode(header, true));
  document.title = page.title;
  begin();
  announce();
}

/** A screen reader reads the heading of what is new, and Tab goes on from there. */
function announce() {
  /** @type {HTMLElement | null} */ (stage().querySelector("h1"))?.focus();
}

async function look() {
  try {
    const answer = await fetch("/station", { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    offline.hidden = true;
    // The pairing was revoked: the page that asks for a code comes instead.
    if (!page.getElementById("stage")) return location.reload();
    // Another language was chosen: what stands around the stage speaks it too.
    if (page.documentElement.lang !== document.documentElement.lang) return location.reload();
    put(page);
  } catch {
    offline.hidden = false;
  }
}

/** Starts what belongs to the stage that is shown. */
function begin() {
  const { stage: name, visit } = stage().dataset;
  hush();
  if (camera && (name !== "camera" || !camera.running)) {
    camera.stop();
    camera = null;
  }
  const box = document.getElementById("camera");
  if (name === "camera" && box && !camera) {
    camera = new Camera(box, { visit: visit ?? "", person: Number(stage().dataset.person) }, look);
    camera.start();
  }
  aloud();
  if (receipts().visit !== visit) sessionStorage.removeItem(RECEIPTS);
  clearTimeout(forget);
  const over = name === "done" || name === "not-enough" || name === "ended";
  if (over || name === "wait") keep(over);
}

/** Shows the receipts of the visit; when it is over, for a while. @param {boolean} over */
function keep(over) {
  const place = document.getElementById("receipt-place");
  const { pictures } = receipts();
  if (!place || !pictures.length) return;
  const text = document.createElement("p");
  text.textContent = place.dataset.text ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = place.dataset.done ?? "";
  const gone = () => {
    sessionStorage.removeItem(RECEIPTS);
    place.replaceChildren();
    place.hidden = true;
    announce();
  };
  button.addEventListener("click", gone);
  if (over) forget = setTimeout(gone, RECEIPT_MS);
  const images = pictures.map((src) => Object.assign(new Image(), { src, className: "qr", alt: place.dataset.alt ?? "" }));
  place.replaceChildren(text, ...images, button);
  place.hidden = false;
}

function aloud() {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-aloud]"));
  const notice = document.getElementById("notice");
  if (!button || !notice || !able) return;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (speaking()) return hush();
    button.textContent = button.dataset.stop ?? "";
    say(notice.innerText, () => {
      button.textContent = words;
    });
  });
}

// Forms are sent without leaving the page, so that the camera and the receipt stay.
document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || new URL(form.action).pathname !== "/station") return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  const visit = String(data.get("visit"));
  try {
    const answer = await fetch("/station", { method: "POST", body: new URLSearchParams(/** @type {any} */ (data)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const picture = /** @type {HTMLImageElement | null} */ (page.querySelector("#receipt img"));
    if (picture) {
      const known = receipts();
      const pictures = known.visit === visit ? known.pictures : [];
      sessionStorage.setItem(RECEIPTS, JSON.stringify({ visit, pictures: [...pictures, picture.src] }));
    }
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  look();
});

const events = new EventSource("/api/v1/events");
for (const kind of (stage().dataset.events ?? "").split(" ")) events.addEventListener(kind, () => look());
events.onopen = () => look();
setInterval(look, LOOK_MS);
addEventListener("online", () => look());
begin();
announce();
