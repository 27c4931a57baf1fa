// @ts-check
// What the person sees and hears before the camera: one instruction at a time, in large words, with a drawing and a voice; how far it is; where the
// face is; the colours of the screen; and the other ways. Never what was found.

import { able, hush, say, speaking } from "./voice.js";

/** The outline is so much larger than the face. */
const AROUND = 1.15;
/** A page that nobody sees paints nothing. */
const PAINT_MS = 200;
const GAP = 2;

/** In which visit the voice was switched off: the next person hears it again. */
let silent = "";

export class Guide {
  /** @param {HTMLElement} box @param {string} visit */
  constructor(box, visit) {
    this.box = box;
    this.visit = visit;
    this.coach = this.part(".coach");
    this.circle = /** @type {SVGElement} */ (box.querySelector(".progress"));
    this.picture = /** @type {SVGUseElement} */ (box.querySelector(".drawing use"));
    this.panel = this.part(".ways");
    this.spoken = "";
    this.steps = 0;
    this.first = 1;
    /** Called with the way that was chosen. @type {((way: string) => void) | null} */
    this.chose = null;
    // The instruction is the heading that is seen: what there is of the screen is for the picture and its light.
    document.querySelector("h1")?.classList.add("unseen");
    const button = /** @type {HTMLButtonElement} */ (this.part("[data-voice]"));
    button.hidden = !able;
    button.addEventListener("click", () => this.voice(button));
    this.mark(button);
  }

  /** @param {string} selector */
  part(selector) {
    return /** @type {HTMLElement} */ (this.box.querySelector(selector));
  }

  /** The words for a code; those for a step that is done so many times are those for the step. @param {string} code */
  words(code) {
    const [some] = code.split(/-\d/);
    return (this.box.querySelector(`[data-say="${CSS.escape(code)}"]`) ?? this.box.querySelector(`[data-say="${CSS.escape(some)}"]`))?.textContent ?? "";
  }

  /** @param {HTMLButtonElement} button */
  voice(button) {
    silent = silent === this.visit ? "" : this.visit;
    if (silent) hush();
    else say(this.coach.textContent ?? "");
    this.mark(button);
  }

  /** @param {HTMLButtonElement} button */
  mark(button) {
    button.textContent = (silent === this.visit ? button.dataset.on : button.dataset.off) ?? "";
  }

  /** Says something in words and, unless another thing is just being said, aloud. @param {string} text @param {boolean} now what is said meanwhile is broken off */
  say(text, now = false) {
    if (this.coach.textContent !== text) this.coach.textContent = text;
    if (silent === this.visit || this.spoken === text || (!now && speaking())) return;
    this.spoken = text;
    say(text);
  }

  /** Shows a part of the film; says when it can be seen. @param {string} name @param {number} at @param {string} colour @returns {Promise<number>} */
  async prompt(name, at, colour) {
    Object.assign(this.box.dataset, { prompt: name, at: String(at) });
    document.body.dataset.light = colour;
    // On a small screen the person may have been further down, where the buttons are.
    if (name !== "colour") this.coach.scrollIntoView({ block: "nearest" });
    const place = { rest: 0, colour: 1, facing: this.steps + this.first }[name] ?? this.first + at;
    this.circle.querySelectorAll("circle").forEach((one, number) => one.classList.toggle("done", number < place));
    this.draw(name);
    this.say(this.words(`film-${name}`), true);
    return new Promise((seen) => {
      const painted = () => seen(performance.now());
      requestAnimationFrame(painted);
      setTimeout(painted, PAINT_MS);
    });
  }

  /** @param {string} name */
  draw(name) {
    this.picture.setAttribute("href", `#do-${name.split(/-\d/)[0]}`);
  }

  /** What is asked: the ring has as many parts. @param {{ steps: unknown[], colours: unknown[] }} challenge */
  asked({ steps, colours }) {
    this.steps = steps.length;
    this.first = colours.length ? 2 : 1;
    const count = this.first + this.steps + 1;
    const parts = Array.from({ length: count }, (_, number) => {
      const part = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      const length = 100 / count - GAP;
      const values = { cx: 50, cy: 50, r: 46, pathLength: 100, "stroke-dasharray": `${length} ${100 - length}`, "stroke-dashoffset": -number * (length + GAP) };
      for (const [name, value] of Object.entries(values)) part.setAttribute(name, String(value));
      return part;
    });
    this.circle.replaceChildren(...parts);
  }

  /** Where the face is, in thousandths of the picture. @param {number[] | null} place */
  face(place) {
    this.box.classList.toggle("faced", Boolean(place));
    if (!place) return;
    const [left, top, width, height] = place;
    const values = { cx: left + width / 2, cy: top + height / 2, rx: (width / 2) * AROUND, ry: (height / 2) * AROUND };
    for (const one of this.box.querySelectorAll(".outline ellipse")) {
      for (const [name, value] of Object.entries(values)) one.setAttribute(name, String(Math.round(value)));
    }
  }

  /** The film is over, or broke off: the page is as it was. */
  clear() {
    delete this.box.dataset.prompt;
    delete this.box.dataset.at;
    delete document.body.dataset.light;
    for (const part of this.circle.children) part.classList.remove("done");
    this.draw("rest");
  }

  get choosing() {
    return !this.panel.hidden;
  }

  /** Shows the other ways, of equal size and without hurry; says which was chosen. @param {{ [way: string]: boolean }} way what is not left out yet @returns {Promise<string>} */
  choose(way) {
    hush();
    for (const button of this.panel.querySelectorAll("button")) button.hidden = way[button.dataset.way ?? ""] === false;
    this.box.classList.add("choosing");
    this.panel.hidden = false;
    /** @type {HTMLElement | null} */ (this.panel.querySelector("h2"))?.focus();
    return new Promise((done) => {
      this.chose = done;
    });
  }

  /** A way was chosen. @param {string} way */
  chosen(way) {
    this.box.classList.remove("choosing");
    if (this.choosing) /** @type {HTMLElement | null} */ (document.querySelector("h1"))?.focus();
    this.panel.hidden = true;
    this.chose?.(way);
    this.chose = null;
  }
}
