// @ts-check
// The voice of a page, in the page's language: what is new is said at once, and never over what was said before.

const TAGS = /** @type {Record<string, string>} */ ({ "zh-Hant": "zh-TW", "zh-Hans": "zh-CN" });
/** A little slower than people talk: many who listen are old. */
const RATE = 0.9;
const synthesis = /** @type {SpeechSynthesis | undefined} */ (window.speechSynthesis);

export const able = Boolean(synthesis);

/** Says a text; `over` is called when it has been said, or broke off. @param {string} text @param {() => void} [over] */
export function say(text, over) {
  if (!synthesis) return;
  synthesis.cancel();
  const speech = new SpeechSynthesisUtterance(text);
  speech.lang = TAGS[document.documentElement.lang] ?? "en";
  speech.rate = RATE;
  if (over) speech.onend = speech.onerror = over;
  synthesis.speak(speech);
}

export const hush = () => synthesis?.cancel();
export const speaking = () => Boolean(synthesis?.speaking);
