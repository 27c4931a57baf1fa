// @ts-check
// Keeps the list of alarms, and the page of one alarm, as they are now: when something of them happens in the office, the page is fetched again. In
// the list the number in heading and title changes at once and is read politely, without a sound; the rows wait while a hand is on them. Of one
// alarm the parts that changed are put in place; where somebody is choosing a reason, it says that something changed.
import { exchange, listen, refresher } from "./live.js";

const list = document.getElementById("alarms");
const one = document.getElementById("alarm-changed");

/** What the server sent last and is not shown yet. @type {HTMLElement | null} */
let next = null;
/** What is shown, as the server sent it. */
let sent = list?.outerHTML ?? "";

/** @param {Document} fresh */
function takeList(fresh) {
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

/** The page of one alarm, without opening the evidence once more: each look at it is an entry of the ledger. */
function address() {
  const url = new URL(location.href);
  url.searchParams.delete("problem");
  url.searchParams.set("again", "yes");
  return url;
}

/** Pictures that somebody is looking at stay until they are judged or gone. @param {Element} old @param {Element} fresh */
function looking(old, fresh) {
  return !!old.querySelector("#compare") && !!fresh.querySelector("#compare");
}

const refreshOne = refresher(takeOne, address);

/** @param {Document} fresh */
function takeOne(fresh) {
  const compare = document.getElementById("compare");
  const waits = exchange(fresh, refreshOne, looking);
  if (compare && !compare.isConnected) {
    // Nothing of a picture stays in the page.
    compare.dataset.pictures = "";
    compare.dispatchEvent(new CustomEvent("pictures"));
  }
  const [from, to] = [fresh.getElementById("evidence-place"), document.getElementById("evidence-place")];
  if (from && to && !from.hidden !== !to.hidden) {
    to.replaceChildren(...[...from.childNodes].map((node) => document.importNode(node, true)));
    to.hidden = from.hidden;
  }
  if (one) one.hidden = !waits;
}

if (list) {
  const refresh = refresher(takeList, () => location.href);
  watchHand();
  listen(list.dataset.events ?? "", refresh, refresh, true);
} else if (one) {
  listen(
    one.dataset.events ?? "",
    (visit) => {
      if (visit === one.dataset.visit) refreshOne();
    },
    refreshOne,
  );
}
