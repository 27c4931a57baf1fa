// @ts-check
// The camera: opens it, coaches with small pictures at a rate that the link bears, takes a burst when all is well, and sends the best in.
// It recovers from an unplugged camera and a lost network; nothing is stored in the browser.

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
/** A hint stays at least this long: words that change under the eye, or under a voice, cannot be followed. */
const HINT_MS = 1200;
/** What to say when the camera cannot be opened; anything else means that there is none. @type {Record<string, string>} */
const TROUBLE = { NotAllowedError: "Refused", SecurityError: "Refused", TypeError: "Refused", NotReadableError: "Busy", AbortError: "Busy" };

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
    this.who = who;
    this.changed = changed;
    this.video = /** @type {HTMLVideoElement} */ (box.querySelector("video"));
    this.coach = /** @type {HTMLElement} */ (box.querySelector(".coach"));
    this.dots = /** @type {HTMLElement} */ (box.querySelector(".dots"));
    this.frame = /** @type {HTMLElement} */ (box.querySelector(".frame"));
    /** Goes up whenever the camera starts or stops: what belongs to an earlier round ends by itself. */
    this.round = 0;
    this.running = false;
    this.gone = false;
    this.hinted = 0;
    this.nonce = "";
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  /** @param {string} name */
  word(name) {
    return this.box.dataset[`words${name}`] ?? "";
  }

  /** @param {string} text */
  say(text) {
    if (this.coach.textContent !== text) this.coach.textContent = text;
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
    this.say(this.word("Gone"));
    this.start();
  }

  /** Where pictures come from: the machine's camera, unless the page names a module with another one. @returns {Promise<MediaStream>} */
  async source() {
    const { source } = this.box.dataset;
    const other = source ? await (await import(source)).open() : null;
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
      this.gone = false;
      this.say(this.word("Good"));
      return true;
    } catch (error) {
      if (this.round !== round) return false;
      const name = /** @type {DOMException} */ (error).name;
      this.say(this.word(TROUBLE[name] ?? (this.gone ? "Gone" : "Missing")));
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
    return { ok: answer.ok, status: answer.status, json };
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
    let looks = 0;
    while (this.round === round) {
      const began = performance.now();
      try {
        if (!this.nonce && !(await this.begin(round))) return;
        const picture = await this.picture(SMALL, 0.7);
        if (picture) {
          const { ok, status, json } = await this.post("/api/v1/station/look", this.form([picture]));
          if (status === 410 || status === 404) {
            this.nonce = "";
            continue;
          }
          if (ok && this.round === round) {
            looks += 1;
            good = this.heed(json, looks > PATIENCE) ? good + 1 : 0;
            if (good >= GOOD_LOOKS && (await this.take(round))) return;
          }
        }
      } catch {
        // The network is away; the page says so, and this goes on when it is back.
        await pause(RETRY_MS);
      }
      await pause(Math.max(0, LOOK_MS - (performance.now() - began)));
    }
  }

  /** Opens the capture. @param {number} round @returns {Promise<boolean>} false when there is none to be opened any more */
  async begin(round) {
    const body = JSON.stringify(this.who);
    const { ok, status, json } = await this.post("/api/v1/station/camera", body, { "content-type": "application/json" });
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

  /** Says the most useful hint. @param {{ usable: boolean, hints: string[] }} seen @param {boolean} patient @returns {boolean} whether it is good enough */
  heed(seen, patient) {
    const fine = seen.usable && (patient || !seen.hints.length);
    this.frame.classList.toggle("good", fine);
    const hint = fine ? null : document.querySelector(`[data-hint="${CSS.escape(seen.hints[0] ?? "")}"]`);
    const now = performance.now();
    if (fine || now - this.hinted >= HINT_MS) {
      this.say(fine ? this.word("Still") : hint?.textContent ?? this.word("Good"));
      this.hinted = now;
    }
    return fine;
  }

  /** Takes a burst and sends the sharpest pictures in. @param {number} round @returns {Promise<boolean>} whether this camera's work is done */
  async take(round) {
    /** @type {{ picture: Blob, sharpness: number }[]} */
    const burst = [];
    for (let number = 0; number < BURST && this.round === round; number += 1) {
      const picture = await this.picture(LARGE, 0.92);
      if (picture) burst.push({ picture, sharpness: this.sharpness() });
      this.dots.textContent = "●".repeat(number + 1) + "○".repeat(BURST - number - 1);
      await pause(BURST_MS);
    }
    // The camera went in the middle of it.
    if (this.round !== round || !burst.length) return false;
    burst.sort((a, b) => b.sharpness - a.sharpness);
    this.say(this.word("Sending"));
    if (await this.send(this.form(burst.slice(0, SENT).map((one) => one.picture)), round)) {
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
        const { ok, status } = await this.post("/api/v1/station/frames", form, headers);
        if (status === 410 || status === 404) {
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
