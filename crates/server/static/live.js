// @ts-check
// What pages share that follow what happens in the office: one stream of events for all parts of a page, pages that are fetched again one at a time,
// and parts of them that are put in place without touching what somebody is typing.

/** How long after a stream was refused another is tried, milliseconds. */
const RETRY_MS = 60_000;

/** @typedef {{ kinds: string[], happened: (visit: string | null) => void, opened: () => void }} Listener */
/** @type {Listener[]} */
const listeners = [];
/** @type {EventSource | null} */
let events = null;
/** True if a page is followed even where nobody sees it: its title tells. */
let always = false;

/** @param {EventSource} stream @param {Listener} one */
function bind(stream, one) {
  for (const kind of one.kinds) {
    stream.addEventListener(kind, (event) => one.happened(JSON.parse(/** @type {MessageEvent} */ (event).data).visit ?? null));
  }
}

function connect() {
  if (events || !listeners.length || (document.hidden && !always)) return;
  const stream = new EventSource("/api/v1/events");
  events = stream;
  // After a break the page may be older than it looks.
  stream.onopen = () => {
    for (const one of listeners) one.opened();
  };
  stream.onerror = () => {
    // A stream that broke connects again by itself; one that was refused does not.
    if (stream.readyState !== EventSource.CLOSED || events !== stream) return;
    events = null;
    setTimeout(connect, RETRY_MS);
  };
  for (const one of listeners) bind(stream, one);
}

// A browser opens few connections to one house: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden || always) return connect();
  events?.close();
  events = null;
});

/**
 * Calls `happened` with the visit for each event of these kinds, and `opened` whenever the stream begins.
 * @param {string} kinds separated by spaces
 * @param {(visit: string | null) => void} happened
 * @param {() => void} opened
 * @param {boolean} [hidden] also while nobody sees the page
 */
export function listen(kinds, happened, opened, hidden = false) {
  const one = { kinds: kinds.split(" "), happened, opened };
  listeners.push(one);
  always ||= hidden;
  if (events) bind(events, one);
  else connect();
}

/**
 * A function that fetches a page and hands it over; called while one is on its way, it fetches once more afterwards.
 * @param {(fresh: Document) => void} take
 * @param {() => string | URL} address
 * @param {() => void} [away] when somebody is signed out and the page that asks for it comes instead
 */
export function refresher(take, address, away = () => location.reload()) {
  let asking = false;
  let again = false;
  return async () => {
    again = true;
    if (asking) return;
    asking = true;
    while (again) {
      again = false;
      try {
        const answer = await fetch(address(), { headers: { accept: "text/html" } });
        if (answer.redirected) away();
        else if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } catch {
        // The network is away; the next event tries again.
      }
    }
    asking = false;
  };
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

/** What somebody has typed stays, also when they look elsewhere for a moment. @param {Element} old @param {Element} next */
function keepTyped(old, next) {
  for (const field of old.querySelectorAll("input[id]:not([type=hidden], [type=checkbox], [type=radio]), textarea[id]")) {
    const same = /** @type {HTMLInputElement | null} */ (next.querySelector(`#${CSS.escape(field.id)}`));
    if (same && !same.value) same.value = /** @type {HTMLInputElement} */ (field).value;
  }
}

/** What somebody has ticked stays ticked in the form that does the same. @param {Element} old @param {Element} next */
function keepTicked(old, next) {
  const act = (/** @type {Element} */ box) => box.closest("form")?.querySelector("[name=act]")?.getAttribute("value");
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (old.querySelectorAll("input[type=checkbox][name]"))) {
    const named = /** @type {NodeListOf<HTMLInputElement>} */ (next.querySelectorAll(`input[type=checkbox][name="${CSS.escape(box.name)}"]`));
    const same = [...named].find((one) => one.value === box.value && act(one) === act(box));
    if (same && box.checked) same.checked = true;
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

/** What each part was when the server last sent it. @type {Map<string, string>} */
const sent = new Map();
for (const part of document.querySelectorAll("[data-live]")) sent.set(part.id, part.outerHTML);

/**
 * Puts the parts of a page that are marked `data-live` and have changed in place; not one in which somebody is typing, before they leave the field.
 * The focus stays on what does the same.
 * @param {Document} fresh
 * @param {() => void} [later] fetches the page once more
 * @param {(old: Element, next: Element) => boolean} [keeps] true for a part that must stay as it is
 * @returns {boolean} true if a part has changed and was not put in place
 */
export function exchange(fresh, later = () => {}, keeps = () => false) {
  let waits = false;
  for (const part of fresh.querySelectorAll("[data-live]")) {
    const old = document.getElementById(part.id);
    const html = part.outerHTML;
    if (!old || sent.get(part.id) === html) continue;
    const at = document.activeElement;
    const typing = old.contains(at) && at?.matches("input, select, textarea") && /** @type {HTMLInputElement} */ (at).value;
    if (typing) at?.addEventListener("blur", () => setTimeout(later), { once: true });
    if (typing || keeps(old, part)) {
      waits = true;
      continue;
    }
    sent.set(part.id, html);
    const next = document.importNode(part, true);
    keepOpen(old, next);
    keepTyped(old, next);
    keepTicked(old, next);
    const again = at && old.contains(at) ? counterpart(at, next) : null;
    old.replaceWith(next);
    again?.focus();
  }
  return waits;
}
