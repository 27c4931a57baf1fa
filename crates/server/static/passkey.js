// @ts-check
// Passkeys: asks the server for a challenge, the browser for an answer, and brings it back. Pages say what and where in `data-` attributes.

/** @param {string} url @param {unknown} body */
async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** @param {HTMLElement} box */
async function ceremony(box) {
  const { passkey, challenge: ask, finish } = box.dataset;
  const { challenge, options } = await post(/** @type {string} */ (ask), undefined);
  const publicKey = options.publicKey ?? options;
  const made = passkey === "make"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  if (!made) throw new Error("nothing was made");
  const response = /** @type {PublicKeyCredential} */ (made).toJSON();
  const name = /** @type {HTMLInputElement | null} */ (box.querySelector("input"))?.value;
  const body = passkey === "make" ? { challenge, name, response } : { challenge, response };
  const { to } = await post(/** @type {string} */ (finish), body);
  location.assign(to);
}

for (const found of document.querySelectorAll("[data-passkey]")) {
  const box = /** @type {HTMLElement} */ (found);
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) continue;
  box.hidden = false;
  const button = /** @type {HTMLButtonElement} */ (box.querySelector("button"));
  const failed = /** @type {HTMLElement} */ (box.querySelector("[data-failed]"));
  let asking = false;
  button.addEventListener("click", async () => {
    // Not `disabled`: that would take the focus away from whoever is to try again.
    if (asking) return;
    asking = true;
    failed.hidden = true;
    button.setAttribute("aria-disabled", "true");
    try {
      await ceremony(box);
    } catch {
      // Whether somebody changed their mind or the key was a wrong one makes no difference for what to do next.
      failed.hidden = false;
    }
    button.removeAttribute("aria-disabled");
    asking = false;
  });
}
