// @ts-check
// Administration with script: copies what is shown once, and follows an import. Without script one copies by hand, and the page reloads itself.

for (const found of document.querySelectorAll("[data-copy]")) {
  const button = /** @type {HTMLButtonElement} */ (found);
  const source = document.getElementById(button.dataset.copy ?? "");
  const said = /** @type {HTMLElement | null} */ (document.querySelector("[data-copy-said]"));
  button.addEventListener("click", async () => {
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
      if (said) said.textContent = button.dataset.copied ?? "";
    } catch {
      // Not allowed here: it is selected, so that the keys for copying do it.
      getSelection()?.selectAllChildren(source);
    }
  });
}

/** How often an import is asked after, milliseconds. */
const EVERY_MS = 1500;

/** @param {HTMLProgressElement} bar */
async function follow(bar) {
  const done = /** @type {HTMLElement | null} */ (document.querySelector("[data-done]"));
  const rejected = /** @type {HTMLElement | null} */ (document.querySelector("[data-rejected]"));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    try {
      const answer = await fetch(/** @type {string} */ (bar.dataset.import), { headers: { accept: "application/json" } });
      if (answer.ok) {
        const { state, rows_done, rows_rejected } = await answer.json();
        // The page of an import that ended says more than a bar.
        if (state !== "running") return location.reload();
        bar.value = rows_done;
        if (done) done.textContent = rows_done.toLocaleString("en");
        if (rejected) rejected.textContent = rows_rejected.toLocaleString("en");
      } else if (answer.status === 401) {
        return location.reload();
      }
    } catch {
      // The network is away; the import goes on, and the next look finds it.
    }
  }
}

const bar = /** @type {HTMLProgressElement | null} */ (document.querySelector("progress[data-import]"));
if (bar) follow(bar);
