// @ts-check
// Keeps the number of waiting alarms in the menu as it is now. Without script it is that of when the page was opened.
import { listen, refresher } from "./live.js";

const place = document.getElementById("waiting");
if (place) {
  const refresh = refresher(
    (fresh) => {
      const [from, to] = [fresh.getElementById("waiting"), document.getElementById("waiting")];
      // Only what changed is put in place, so that nothing is read twice.
      if (from && to && from.innerHTML !== to.innerHTML) to.replaceChildren(...[...from.childNodes].map((node) => document.importNode(node, true)));
    },
    () => place.dataset.source ?? "",
    // Somebody may be filling in a form: what they send next asks them to sign in.
    () => {},
  );
  listen(place.dataset.events ?? "", refresh, refresh);
}
