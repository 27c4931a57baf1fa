// @ts-check
// What every page does with script; without it every form still works.

// The secret part of a link stands after its `#`, where no server sees it. It goes into the form and out of the address bar.
const secret = location.hash.slice(1);
const places = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-fragment]"));
if (secret && places.length) {
  for (const place of places) place.value = secret;
  for (const box of document.querySelectorAll("[data-fragment-hide]")) /** @type {HTMLElement} */ (box).hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
}
for (const box of document.querySelectorAll(".needs-script")) /** @type {HTMLElement} */ (box).hidden = false;

// What went wrong is read first.
/** @type {HTMLElement | null} */ (document.querySelector("[data-focus]"))?.focus();

// A form is sent once. The page that follows has new buttons; coming back by *back* makes these work again.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  // After a download the page is still there, and may be asked for it again.
  if (form.hasAttribute("data-download")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  // What takes a while says so.
  for (const box of form.querySelectorAll("[data-busy]")) /** @type {HTMLElement} */ (box).hidden = false;
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    form.removeAttribute("data-sent");
    form.removeAttribute("aria-busy");
    for (const box of form.querySelectorAll("[data-busy]")) /** @type {HTMLElement} */ (box).hidden = true;
  }
});

// Keys: `data-key="s"` on a button or link presses it, unless somebody is typing. Where a slip would be grave (`data-grave`) the key only leads
// there, as it does to a field, and Enter presses. What a key opens is gone on in at once.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const at = /** @type {HTMLElement} */ (event.target);
  if (at.closest("input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  for (const target of document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
    const element = /** @type {HTMLElement} */ (target);
    if (!element.checkVisibility() || /** @type {HTMLButtonElement} */ (element).disabled) continue;
    event.preventDefault();
    if (element.matches("input:not([type=checkbox], [type=radio]), select, textarea, [data-grave]")) element.focus();
    else element.click();
    const opened = element.matches("summary") && element.closest("details[open]");
    if (opened) /** @type {HTMLElement | null} */ (opened.querySelector("select, input:not([type=hidden]), button"))?.focus();
    return;
  }
});
