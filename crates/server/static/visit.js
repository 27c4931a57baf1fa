// @ts-check
// Keeps the visit's page as it is now: when something happens in it, the parts marked `data-live` are fetched again, and only those that changed are
// put in place. Nothing that somebody is typing in is touched.
import { exchange, listen, refresher } from "./live.js";

const refresh = refresher(put, address);
const box = /** @type {HTMLElement} */ (document.querySelector("[data-visit]"));

/** The page without what an earlier form was refused with. */
function address() {
  const url = new URL(location.href);
  url.searchParams.delete("problem");
  return url;
}

/** @param {Document} fresh */
function put(fresh) {
  exchange(fresh, refresh);
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

listen(
  box.dataset.events ?? "",
  (visit) => {
    if (visit === box.dataset.visit) refresh();
  },
  refresh,
);
showEvidence();
