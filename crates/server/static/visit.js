// @ts-check
// Keeps the visit's page as it is now: when something happens in it, the parts marked `data-live` are fetched again, and only those that changed are
// put in place. Nothing that somebody is typing in is touched.

const box = /** @type {HTMLElement} */ (document.querySelector("[data-visit]"));
const visit = box.dataset.visit;
/** What each part was when the server last sent it. @type {Map<string, string>} */
const sent = new Map();
for (const part of document.querySelectorAll("[data-live]")) sent.set(part.id, part.outerHTML);

let asking = false;
let again = false;

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const url = new URL(location.href);
    url.searchParams.delete("problem");
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    // Signed out: the page that asks for it comes instead.
    if (answer.redirected) return location.reload();
    if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The network is away; the next event or the timer tries again.
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

/** What somebody has opened stays open, with what was chosen in it. @param {Element} old @param {Element} next */
function keepOpen(old, next) {
  for (const opened of old.querySelectorAll("details[open]")) {
    const act = opened.querySelector("form [name=act]:not(button)")?.getAttribute("value") ?? "";
    const same = [...next.querySelectorAll("details")].find(
      (one) => one.querySelector("summary")?.textContent === opened.querySelector("summary")?.textContent,
    );
    if (!same || (act && !same.querySelector(`[name=act][value="${CSS.escape(act)}"]`))) continue;
    same.open = true;
    for (const field of opened.querySelectorAll("select")) {
      const list = /** @type {HTMLSelectElement | null} */ (same.querySelector(`select[name="${CSS.escape(field.name)}"]`));
      if (list) list.value = field.value;
    }
  }
}

/** What does the same in the part that comes instead: the focus stays on it. @param {Element} at @param {Element} next @returns {HTMLElement | null} */
function counterpart(at, next) {
  const key = at.getAttribute("data-key");
  if (key) return next.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const form = at.closest("form");
  const act = form?.querySelector("[name=act]")?.getAttribute("value");
  if (!form || !act) return null;
  const same = [...next.querySelectorAll("form")].find((one) => one.querySelector("[name=act]")?.getAttribute("value") === act);
  return /** @type {HTMLElement | null} */ (same?.elements[[...form.elements].indexOf(at)] ?? null);
}

/** @param {Document} fresh */
function put(fresh) {
  for (const part of fresh.querySelectorAll("[data-live]")) {
    const old = document.getElementById(part.id);
    const html = part.outerHTML;
    if (!old || sent.get(part.id) === html) continue;
    const at = document.activeElement;
    const typing = old.contains(at) && at?.matches("input, select, textarea");
    if (typing && /** @type {HTMLInputElement} */ (at).value) {
      at.addEventListener("blur", () => setTimeout(refresh), { once: true });
      continue;
    }
    sent.set(part.id, html);
    const next = document.importNode(part, true);
    keepOpen(old, next);
    const again = at && old.contains(at) ? counterpart(at, next) : null;
    old.replaceWith(next);
    again?.focus();
  }
  const compare = fresh.getElementById("compare");
  const here = document.getElementById("compare");
  if (compare && here && here.dataset.pictures !== compare.dataset.pictures) {
    here.dataset.pictures = compare.dataset.pictures;
    here.dispatchEvent(new CustomEvent("pictures"));
  }
  showEvidence();
}

// Each look at the evidence is an entry of the ledger, so it is fetched once and kept.
let shown = "";
async function showEvidence() {
  const address = document.getElementById("evidence-state")?.dataset.evidence ?? "";
  if (address === shown) return;
  shown = address;
  const place = /** @type {HTMLElement} */ (document.getElementById("evidence-place"));
  place.replaceChildren();
  if (!address) return;
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.getElementById("evidence");
  if (answer.ok && part) place.replaceChildren(document.importNode(part, true));
  else shown = "";
}

function listen() {
  const events = new EventSource("/api/v1/events");
  for (const kind of (box.dataset.events ?? "").split(" ")) {
    events.addEventListener(kind, (event) => {
      if (JSON.parse(/** @type {MessageEvent} */ (event).data).visit === visit) refresh();
    });
  }
  // After a break the page may be older than it looks.
  events.onopen = () => refresh();
}

listen();
showEvidence();
