// @ts-check
// Follows a verification of the ledger until it has come to its end. Nothing of it is an event of an office, so the page is asked for again from time
// to time; without script a link does it.
import { exchange, refresher } from "./live.js";

/** How often is asked while a verification is at work, milliseconds. */
const EVERY_MS = 1500;

const refresh = refresher(
  (fresh) => {
    exchange(fresh);
  },
  () => "/ledger/verify",
);
setInterval(() => {
  if (document.querySelector("[data-running]") && !document.hidden) refresh();
}, EVERY_MS);
