// @ts-check
// The camera: opens it, coaches with small pictures at a rate that the link bears, films when all is well, takes a burst, and sends the best in.
// It recovers from an unplugged camera and a lost network, begins again when something was not followed, and goes other ways when the person wants;
// nothing is stored in the browser.

import { Film, Halt, fresh } from "./film.js";
import { Guide } from "./guide.js";
import { hush } from "./voice.js";

/** Longest side of a picture to be coached on, and of one that is sent in, pixels. */
const SMALL = 480;
const LARGE = 1280;
/** Shortest time between two small pictures; on a slow link the next one waits for the answer to the last. */
const LOOK_MS = 450;
/** Good looks in a row before the burst. */
const GOOD_LOOKS = 2;
/** Usable, if not perfect, is enough after so many looks: some people cannot do better. */
const PATIENCE = 14;
const BURST = 6;
const BURST_MS = 120;
const SENT = 3;
const RETRY_MS = 1500;
/** That the screen will change its colour stands there so long before it does so for the first time. */
const SOON_MS = 4000;
/** How long it is said what to do better before it begins again, and how often that is done before the other ways are shown. */
const AGAIN_MS = 3500;
const TRIES = 2;
/** So often it begins again without counting, when nothing the person did was the reason: a network that went, a window in front. */
const BREAKS = 1;
/** A hint stays at least this long: words that change under the eye, or under a voice, cannot be followed. */
const HINT_MS = 1200;
/** What to say when the camera cannot be opened; anything else means that there is none. @type {Record<string, string>} */
const TROUBLE = { NotAllowedError: "Refused", SecurityError: "Refused", TypeError: "Refused", NotReadableError: "Busy", AbortError: "Busy" };

/** What the service says of a small picture. @typedef {{ usable: boolean, hints: string[], face: number[] | null }} Seen */

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Camera {
  /**
   * @param {HTMLElement} box
   * @param {{ visit: string, person: number }} who
   * @param {() => void} changed called when the visit may have gone on
   */
  constructor(box, who, changed) {
    this.box = box;
    this.api = box.dataset.api ?? "";
    this.who = who;
    this.changed = changed;
    this.guide = new Guide(box, who.visit);
    this.video = /** @type {HTMLVideoElement} */ (box.querySelector("video"));
    this.dots = /** @type {HTMLElement} */ (box.querySelector(".dots"));
    this.frame = /** @type {HTMLElement} */ (box.querySelector(".frame"));
    this.soon = /** @type {HTMLElement} */ (box.querySelector(".soon"));
    this.helps = /** @type {HTMLElement} */ (box.querySelector("[data-ways]"));
    /** Goes up whenever the camera starts or stops: what belongs to an earlier round ends by itself. */
    this.round = 0;
    this.running = false;
    this.gone = false;
    this.hinted = 0;
    this.nonce = "";
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    const { restMs, colourMs, patienceMs } = box.dataset;
    this.times = { rest: Number(restMs), colour: Number(colourMs), patience: Number(patienceMs) };
    /** What the person can and wants to do. */
    this.way = { colours: !matchMedia("(prefers-reduced-motion: reduce)").matches, head: true, blinks: true };
    /** True if there is no film: the pictures are sent as they are. */
    this.plain = false;
    this.tries = 0;
    this.breaks = 0;
    this.readyAt = Infinity;
    this.looks = 0;
    /** What could have been better when it was good enough. @type {string[]} */
    this.borne = [];
    this.lookMs = 0;
    /** @type {Film | null} */
    this.film = null;
    /** While the person chooses another way. @type {Promise<void> | null} */
    this.choice = null;
    box.addEventListener("click", (event) => this.pressed(/** @type {HTMLElement} */ (event.target).closest("button")));
    document.addEventListener("visibilitychange", () => document.hidden && this.film?.halt(new Halt("hidden", false)));
  }

  /** @param {string} name */
  word(name) {
    return this.box.dataset[`words${name}`] ?? "";
  }

  /** A button for another way, or the one that shows them. @param {HTMLButtonElement | null} button */
  pressed(button) {
    const { way, ways } = button?.dataset ?? {};
    if (way === undefined && ways === undefined) return;
    this.film?.halt(new Halt("chosen", false));
    if (this.guide.choosing) this.guide.chosen(way ?? "");
    else if (way) this.go(way);
    else this.choose();
  }

  /** Shows the other ways; the camera waits. */
  choose() {
    this.choice = this.guide.choose(this.way).then((way) => this.go(way));
  }

  /** @param {string} way what is left out from now on; nothing, if it is tried again */
  go(way) {
    if (way === "plain") this.plain = true;
    else if (way) this.way = { ...this.way, [way]: false };
    this.tries = 0;
    this.shape();
  }

  /** Shows what can be chosen now. */
  shape() {
    this.soon.hidden = this.plain || !this.way.colours || this.tries > 0;
    this.helps.hidden = this.plain;
  }

  async start() {
    this.running = true;
    const round = ++this.round;
    while (this.round === round && !(await this.open(round))) await pause(RETRY_MS);
    if (this.round === round) this.run(round);
  }

  stop() {
    this.running = false;
    this.round += 1;
    this.film?.halt(new Halt("gone", false));
    hush();
    const stream = /** @type {MediaStream | null} */ (this.video.srcObject);
    for (const track of stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  /** The camera was unplugged, or taken away: it is opened again as soon as it is there. */
  lost() {
    this.stop();
    this.gone = true;
    this.frame.classList.remove("good");
    this.dots.textContent = "";
    this.guide.say(this.word("Gone"));
    this.start();
  }

  /** Where pictures come from: the machine's camera, unless the page names a module with another one. @returns {Promise<MediaStream>} */
  async source() {
    const { source } = this.box.dataset;
    const module = source ? await import(source) : null;
    const other = await module?.open();
    // What stands still cannot follow anything.
    if (other && module.still) this.go("plain");
    return other ?? navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: LARGE }, height: { ideal: 720 }, facingMode: "user" },
      audio: false,
    });
  }

  /** Opens the camera. @param {number} round @returns {Promise<boolean>} */
  async open(round) {
    try {
      const stream = await this.source();
      if (this.round !== round) return stream.getTracks().forEach((track) => track.stop()), false;
      this.video.srcObject = stream;
      stream.getVideoTracks()[0].onended = () => {
        if (this.round === round) this.lost();
      };
      await this.video.play();
      this.frame.style.setProperty("--ratio", String(this.video.videoWidth / this.video.videoHeight || 4 / 3));
      this.gone = false;
      this.readyAt = Math.min(this.readyAt, performance.now() + SOON_MS);
      this.shape();
      this.guide.say(this.word("Good"));
      return true;
    } catch (error) {
      if (this.round !== round) return false;
      const name = /** @type {DOMException} */ (error).name;
      this.guide.say(this.word(TROUBLE[name] ?? (this.gone ? "Gone" : "Missing")));
      return false;
    }
  }

  /** A picture of what the camera sees now. @param {number} side @param {number} quality @returns {Promise<Blob | null>} */
  picture(side, quality) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return Promise.resolve(null);
    const scale = Math.min(1, side / Math.max(width, height));
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.context?.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return new Promise((done) => this.canvas.toBlob(done, "image/jpeg", quality));
  }

  /** How sharp the picture on the canvas is: the mean squared difference of neighbours in its middle. */
  sharpness() {
    const { width, height } = this.canvas;
    const [w, h] = [Math.round(width / 2), Math.round(height / 2)];
    const data = this.context?.getImageData(Math.round(width / 4), Math.round(height / 4), w, h).data;
    if (!data) return 0;
    let sum = 0;
    for (let at = 4; at < data.length; at += 8) sum += (data[at + 1] - data[at - 3]) ** 2;
    return sum / data.length;
  }

  /** @param {string} path @param {BodyInit} body @param {Record<string, string>} headers */
  async post(path, body, headers = {}) {
    const answer = await fetch(path, { method: "POST", body, headers });
    const json = await answer.json().catch(() => ({}));
    const ended = answer.status === 410 || answer.status === 404 || json.code === "capture-ended";
    return { ok: answer.ok, status: answer.status, ended, json };
  }

  /** @param {Blob[]} pictures */
  form(pictures) {
    const form = new FormData();
    form.append("nonce", this.nonce);
    for (const picture of pictures) form.append("frame", picture, "frame.jpg");
    return form;
  }

  /** @param {number} round */
  async run(round) {
    let good = 0;
    while (this.round === round) {
      const began = performance.now();
      try {
        if (this.choice) {
          await this.choice;
          this.choice = null;
          good = 0;
        }
        if (!this.nonce && !(await this.begin(round))) return;
        const seen = await this.look();
        if (seen && this.round === round && !this.choice) {
          this.looks += 1;
          good = this.heed(seen, this.looks > PATIENCE) ? good + 1 : 0;
          if (good >= GOOD_LOOKS && this.ready()) {
            this.borne = seen.hints;
            if (await (this.plain ? this.take(round) : this.shoot(round))) return;
            good = 0;
          }
        }
      } catch {
        // The network is away; the page says so, and this goes on when it is back.
        await pause(RETRY_MS);
      }
      await pause(Math.max(0, LOOK_MS - (performance.now() - began)));
    }
  }

  /** A small picture is looked at; what would make it better, if it could be. @returns {Promise<Seen | null>} */
  async look() {
    const picture = await this.picture(SMALL, 0.7);
    if (!picture) return null;
    const began = performance.now();
    const { ok, ended, json } = await this.post(`${this.api}/look`, this.form([picture]));
    this.lookMs = performance.now() - began;
    if (ended) this.nonce = "";
    if (ok) this.guide.face(json.face);
    return ok ? json : null;
  }

  /** Nothing begins where nobody sees it, nor do colours before they could be left out. */
  ready() {
    return this.plain || (!document.hidden && (!this.way.colours || performance.now() >= this.readyAt));
  }

  /** Films, and takes the pictures at its end. @param {number} round @returns {Promise<boolean>} whether this camera's work is done */
  async shoot(round) {
    const { api, nonce, way, times, lookMs } = this;
    const film = new Film(this.video, { api, nonce, way, times, lookMs }, this.guide);
    const facing = async () => {
      const seen = await this.look().catch(() => null);
      return Boolean(seen?.usable && seen.hints.every((hint) => this.borne.includes(hint)));
    };
    this.film = film;
    let halt;
    try {
      await film.run(facing);
      return await this.take(round, film);
    } catch (error) {
      halt = error instanceof Halt ? error : new Halt("link", false);
    } finally {
      this.film = null;
      this.guide.clear();
    }
    if (this.round === round) await this.again(halt);
    return false;
  }

  /** Says what to do better; a new capture begins, or the other ways are shown. @param {Halt} halt */
  async again(halt) {
    this.nonce = "";
    const left = halt.code === "chosen" || halt.code === "gone";
    if (left || (!halt.counts && (this.breaks += 1) <= BREAKS)) return;
    this.tries += 1;
    this.shape();
    this.guide.say(this.guide.words(`again-${halt.code}`) || this.guide.words("again-other"), true);
    await pause(AGAIN_MS);
    if (this.tries >= TRIES && !this.choice) this.choose();
  }

  /** Opens the capture. @param {number} round @returns {Promise<boolean>} false when there is none to be opened any more */
  async begin(round) {
    const body = JSON.stringify(this.who);
    const { ok, status, json } = await this.post(`${this.api}/camera`, body, { "content-type": "application/json" });
    if (ok) {
      this.nonce = json.nonce;
      return true;
    }
    if (status >= 500 || status === 429) {
      await pause(RETRY_MS);
      return this.round === round && this.begin(round);
    }
    if (this.round === round) this.finish();
    return false;
  }

  /** This camera's work is done. */
  finish() {
    this.stop();
    this.changed();
  }

  /** Says the most useful hint. @param {Seen} seen @param {boolean} patient @returns {boolean} whether it is good enough */
  heed(seen, patient) {
    const fine = seen.usable && (patient || !seen.hints.length);
    this.frame.classList.toggle("good", fine);
    const hint = fine ? null : document.querySelector(`[data-hint="${CSS.escape(seen.hints[0] ?? "")}"]`);
    const now = performance.now();
    if (fine || now - this.hinted >= HINT_MS) {
      this.guide.say(fine ? this.word("Still") : hint?.textContent ?? this.word("Good"));
      this.hinted = now;
    }
    return fine;
  }

  /** Takes a burst and sends the sharpest pictures in. @param {number} round @param {Film} [film] @returns {Promise<boolean>} whether this camera's work is done */
  async take(round, film) {
    /** @type {{ bytes: Blob, at: number, sharpness: number }[]} */
    const burst = [];
    while (burst.length < BURST && this.round === round) {
      const at = await fresh(this.video);
      const bytes = await this.picture(LARGE, 0.92);
      if (bytes) burst.push({ bytes, at, sharpness: this.sharpness() });
      this.dots.textContent = "●".repeat(burst.length) + "○".repeat(BURST - burst.length);
      await pause(BURST_MS);
    }
    // The camera went in the middle of it.
    if (this.round !== round || !burst.length) return false;
    const best = burst.sort((a, b) => b.sharpness - a.sharpness).slice(0, SENT);
    best.sort((a, b) => a.at - b.at);
    this.guide.say(this.word("Sending"), true);
    const form = film ? await film.end(best) : this.form(best.map((one) => one.bytes));
    if (await this.send(form, round)) {
      if (this.round === round) this.finish();
      return true;
    }
    this.dots.textContent = "";
    return false;
  }

  /** Sends pictures in, as often as it takes. @param {FormData} form @param {number} round @returns {Promise<boolean>} false if they came too late and are to be taken again */
  async send(form, round) {
    const headers = { "idempotency-key": crypto.randomUUID() };
    while (this.round === round) {
      try {
        const { ok, status, ended } = await this.post(`${this.api}/frames`, form, headers);
        if (ended) {
          this.nonce = "";
          return false;
        }
        if (ok || (status < 500 && status !== 409 && status !== 429)) return true;
      } catch {
        // Sent again with the same key, it is done once.
      }
      await pause(RETRY_MS);
    }
    return false;
  }
}
