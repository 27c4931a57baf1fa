// @ts-check
// Keeps the list of alarms as it is now: when something of them happens in the office, the page is fetched again. The number in heading and title
// changes at once and is read politely, without a sound; the list itself waits while a hand is on it. On the page of one alarm nothing is
// exchanged: it says that something changed, and reloading is up to whoever reads.

const list = document.getElementById("alarms");
const changed = document.getElementById("alarm-changed");
const source = /** @type {HTMLElement} */ (list ?? changed);

let asking = false;
let again = false;
/** What the server sent last and is not shown yet. @type {HTMLElement | null} */
let next = null;
/** What is shown, as the server sent it. */
let sent = list?.outerHTML ?? "";

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    // Signed out: the page that asks for it comes instead.
    if (answer.redirected) return location.reload();
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The network is away; the next event tries again.
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

/** @param {Document} fresh */
function take(fresh) {
  document.title = fresh.title;
  for (const id of ["alarm-badge", "alarm-count"]) {
    const [from, to] = [fresh.getElementById(id), document.getElementById(id)];
    if (!from || !to || from.textContent === to.textContent) continue;
    to.textContent = from.textContent;
    to.hidden = from.hidden;
  }
  const part = fresh.getElementById("alarms");
  next = part && part.outerHTML !== sent ? part : null;
  show();
}

/** True while focus or pointer is in the list: nothing moves under the hand. */
function held() {
  const here = document.getElementById("alarms");
  return !!here && (here.contains(document.activeElement) || here.matches(":hover"));
}

function show() {
  const more = document.getElementById("alarm-more");
  if (more) more.hidden = !next || !held();
  if (!next || held()) return;
  sent = next.outerHTML;
  document.getElementById("alarms")?.replaceWith(document.importNode(next, true));
  next = null;
  watchHand();
}

function watchHand() {
  const here = document.getElementById("alarms");
  // The new place of the focus is known only after the event.
  here?.addEventListener("focusout", () => setTimeout(show));
  here?.addEventListener("pointerleave", () => setTimeout(show));
}

function listen() {
  const events = new EventSource("/api/v1/events");
  for (const kind of (source.dataset.events ?? "").split(" ")) {
    events.addEventListener(kind, (event) => {
      if (list) return refresh();
      const { visit } = JSON.parse(/** @type {MessageEvent} */ (event).data);
      if (changed && visit === changed.dataset.visit) changed.hidden = false;
    });
  }
  // After a break the page may be older than it looks.
  if (list) events.onopen = () => refresh();
}

if (source) {
  watchHand();
  listen();
}
