// @ts-check
// The film of a capture: small pictures of the camera, as they come, signed with a key that this page makes for it and nobody can take out. The
// first answer says what is asked; each says where the face is and what was followed. Nothing here decides whether it is a person.

/** Shorter side of a picture, pixels: as in the sessions that the check is calibrated with. */
const SIDE = 360;
/** Pictures a second: the first, with which the check is calibrated, if link and machine bear it, the next ones if they do not. */
const RATES = [10, 8, 6];
/** The encoder's settings stay the same in one film; on a slow link they are lower from its beginning. */
const QUALITY = { fast: 0.8, slow: 0.5 };
const SLOW_MS = 400;
const BATCH_MS = 250;
/** Most pictures of one request, and most that wait for theirs. */
const BATCH_MAX = 24;
const WAITING_MAX = 36;
/** Pictures before the first request: only then is it known what is asked. */
const FIRST = 3;
/** A request that takes longer than this is too much for the link; a shorter one leaves room. */
const LATE_MS = 800;
const EARLY_MS = 400;
/** The service compares this page's clock with its own from the first request on; one that was under way for longer would make this one run ahead. */
const FIRST_MS = 1800;
/** Two pictures of one camera are never nearer than this. */
const APART_MS = 8;
/** How late a camera says that it took a picture, at most. */
const DELAY_MS_MAX = 500;
/** A camera that shows the same for so long stands still, and a face that is away for so long is not before it. */
const STILL_MS = 2500;
const AWAY_MS = 3000;
/** A film without a picture for so long begins again: the service takes a longer gap for an exchange. */
const GAP_MS = 3000;
/** How long a request is tried again while the network is away. */
const LINK_MS = 6000;
const REQUEST_MS = 8000;
/** How long after a picture was taken its answer comes, at most. */
const LAG_MS_MAX = 12_000;
const RETRY_MS = 400;
/** After the last step the person looks at the camera again for so long, at most. */
const FACING_MS = 2500;
/** Time between two looks whether it does. */
const GLANCE_MS = 200;
const LABEL_MAX = 60;
/** True if the browser tells when a video shows something new. */
const FOLLOWS = "requestVideoFrameCallback" in HTMLVideoElement.prototype;

/** @typedef {{ colours: boolean, head: boolean, blinks: boolean }} Way */
/** @typedef {{ do: string, side?: string, times?: number }} Step */
/** @typedef {{ steps: Step[], colours: string[] }} Challenge */
/** @typedef {{ prompt: string, at?: number }} Prompt */
/** @typedef {{ from_ms: number } & Prompt} Showing */
/** @typedef {{ bytes: Blob, sha256: string, at_ms: number }} Picture */
/** @typedef {{ rest: number, colour: number, patience: number }} Times how long each is shown, milliseconds */
/** What the person sees of it. @typedef {{ prompt(name: string, at: number, colour: string): Promise<number>, asked(challenge: Challenge): void, face(place: number[] | null): void }} Guide */

/** Why a film ended before its end: a code, and whether the person could have done something else. */
export class Halt extends Error {
  /** @param {string} code @param {boolean} counts */
  constructor(code, counts = true) {
    super(code);
    this.code = code;
    this.counts = counts;
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
/** @param {ArrayBuffer | Uint8Array} bytes */
const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
/** @param {BufferSource} bytes */
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
/** A step as the words and drawings call it. @param {Step} step */
const named = (step) => (step.side ? `${step.do}-${step.side}` : step.times ? `${step.do}-${step.times}` : step.do);

/** A capture that is over is opened again; anything else that is refused is no better the next time. @param {string} [code] */
const refused = (code = "refused") => new Halt(code, code !== "capture-ended");

/** Parts one after the other, each after its length in 8 bytes. @param {Uint8Array[]} parts */
function message(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  let at = 0;
  for (const part of parts) {
    new DataView(all.buffer).setBigUint64(at, BigInt(part.length));
    all.set(part, at + 8);
    at += 8 + part.length;
  }
  return all;
}

/** Waits for a picture that the camera has not shown before; says when it was taken, by the page's clock. @param {HTMLVideoElement} video @returns {Promise<number>} */
export function fresh(video) {
  const late = pause(STILL_MS).then(() => Promise.reject(new Halt("still")));
  const next = FOLLOWS ? presented(video) : moved(video);
  return Promise.race([next, late]);
}

/** @param {HTMLVideoElement} video @returns {Promise<number>} */
const presented = (video) =>
  new Promise((done) =>
    video.requestVideoFrameCallback((now, { captureTime }) => {
      const known = captureTime !== undefined && captureTime <= now && now - captureTime < DELAY_MS_MAX;
      done(known ? captureTime : now);
    }),
  );

/** @param {HTMLVideoElement} video */
async function moved(video) {
  const was = video.currentTime;
  while (video.currentTime === was) await pause(APART_MS);
  return performance.now();
}

export class Film {
  /**
   * @param {HTMLVideoElement} video
   * @param {{ api: string, nonce: string, way: Way, times: Times, lookMs: number }} terms
   * @param {Guide} guide
   */
  constructor(video, { api, nonce, way, times, lookMs }, guide) {
    this.video = video;
    this.api = api;
    this.nonce = nonce;
    this.way = way;
    this.times = times;
    this.guide = guide;
    this.quality = lookMs > SLOW_MS ? QUALITY.slow : QUALITY.fast;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    /** The clock of the film: it begins with it, because a camera may have been open for long. */
    this.zero = performance.now();
    this.before = new Uint8Array(32);
    /** @type {Picture[]} */
    this.queue = [];
    /** @type {Set<string>} */
    this.known = new Set();
    /** @type {(Showing & { to_ms: number })[]} */
    this.shown = [];
    /** @type {Showing | null} */
    this.showing = null;
    /** @type {Challenge | null} */
    this.challenge = null;
    /** @type {Halt | null} */
    this.halted = null;
    this.followed = 0;
    this.slower = lookMs > SLOW_MS ? RATES.length - 1 : 0;
    this.answeredMs = 0;
    this.lastMs = 0;
    this.seenMs = 0;
    this.over = false;
  }

  clock() {
    return Math.round(performance.now() - this.zero);
  }

  /** Ends it before its end. @param {Halt} halt */
  halt(halt) {
    this.halted ??= halt;
    this.over = true;
  }

  /** Makes the key and begins the film. */
  async begin() {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    this.key = pair.privateKey;
    const key = base64url(await crypto.subtle.exportKey("raw", pair.publicKey));
    const { width, height } = this.size();
    const track = /** @type {MediaStream} */ (this.video.srcObject).getVideoTracks()[0];
    this.camera = { label: track.label.slice(0, LABEL_MAX), width, height };
    const body = JSON.stringify({ nonce: this.nonce, key, way: this.way });
    const answer = await this.ask(`${this.api}/film`, body, { "content-type": "application/json" });
    // Begun before, and only the answer was lost.
    if (!answer.ok && answer.json.code !== "already-exists") throw refused(answer.json.code);
  }

  size() {
    return { width: this.video.videoWidth, height: this.video.videoHeight };
  }

  /** Films to the end of what is asked. Throws a [Halt] if it is not followed. @param {() => Promise<boolean>} facing whether the person looks at the camera */
  async run(facing) {
    await this.begin();
    this.zero = performance.now();
    const fail = (/** @type {unknown} */ error) => this.halt(error instanceof Halt ? error : new Halt("link", false));
    const shooting = this.shoot().catch(fail);
    this.delivered = this.deliver().catch(fail);
    await this.play(facing).catch(fail);
    this.over = true;
    await shooting;
    if (this.halted) throw this.halted;
  }

  /** The order of what is shown: nothing, the colours, one step after the other, and the camera again. @param {() => Promise<boolean>} facing */
  async play(facing) {
    await this.show({ prompt: "rest" }, "rest");
    await this.until(() => this.challenge !== null && this.clock() >= this.times.rest, LINK_MS + REQUEST_MS);
    if (!this.challenge) throw new Halt("link", false);
    const { colours, steps } = this.challenge;
    for (const [at, colour] of colours.entries()) {
      const from = await this.show({ prompt: "colour", at }, "colour", colour);
      await this.until(() => this.clock() >= from + this.times.colour);
    }
    for (const [at, step] of steps.entries()) {
      const from = await this.show({ prompt: "step", at }, named(step));
      // On a slow link it is known later what was done in that time.
      await this.until(() => this.followed > at || this.answeredMs >= from + this.times.patience, this.times.patience + LAG_MS_MAX);
      if (this.followed <= at) throw new Halt(named(step));
    }
    const from = await this.show({ prompt: "rest" }, "facing");
    do await this.until(() => false, GLANCE_MS);
    while (this.clock() < from + FACING_MS && !(await facing()));
  }

  /** Shows something else from now on, and keeps when. @param {Prompt} prompt @param {string} name @param {string} colour @returns {Promise<number>} */
  async show(prompt, name, colour = "white") {
    const from = Math.round((await this.guide.prompt(name, prompt.at ?? 0, colour)) - this.zero);
    if (this.showing) this.shown.push({ ...this.showing, to_ms: from });
    this.showing = { ...prompt, from_ms: from };
    return from;
  }

  /** Waits until something holds; false if it takes too long. @param {() => boolean} holds @param {number} ms */
  async until(holds, ms = Infinity) {
    const end = performance.now() + ms;
    while (!holds()) {
      if (this.halted) throw this.halted;
      if (performance.now() > end) return false;
      await pause(15);
    }
    if (this.halted) throw this.halted;
    return true;
  }

  /** Takes pictures as the camera shows new ones. */
  async shoot() {
    let newMs = this.clock();
    while (!this.over) {
      const at_ms = Math.round((await fresh(this.video)) - this.zero);
      if (this.lastMs && at_ms - this.lastMs > GAP_MS) throw new Halt("link", false);
      const due = at_ms - this.lastMs >= Math.max(APART_MS, 1000 / RATES[this.slower] - 10);
      if (this.over || !due || this.queue.length >= WAITING_MAX) continue;
      const picture = await this.picture(at_ms);
      // Some cameras show the same picture twice in dim light.
      if (picture && !this.known.has(picture.sha256)) {
        this.known.add(picture.sha256);
        this.queue.push(picture);
        this.lastMs = at_ms;
        newMs = at_ms;
      }
      if (at_ms - newMs > STILL_MS) throw new Halt("still");
    }
  }

  /** What the video shows now. @param {number} at_ms @returns {Promise<Picture | null>} */
  async picture(at_ms) {
    const { width, height } = this.size();
    if (width !== this.camera?.width || height !== this.camera.height) throw new Halt("turned", false);
    const scale = Math.min(1, SIDE / Math.min(width, height));
    if (!this.known.size) [this.canvas.width, this.canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    this.context?.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const bytes = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => this.canvas.toBlob(done, "image/jpeg", this.quality));
    return bytes && { bytes, at_ms, sha256: base64url(await sha256(await bytes.arrayBuffer())) };
  }

  /** Sends pictures, one request after the other: each names the one before. */
  async deliver() {
    while (!this.over || this.queue.length) {
      const began = performance.now();
      const first = !this.challenge;
      const pictures = this.queue.length >= (first && !this.over ? FIRST : 1) ? this.queue.splice(0, BATCH_MAX) : [];
      if (pictures.length) await this.send(pictures);
      if (this.halted) return;
      const took = performance.now() - began;
      if (first && took > FIRST_MS) throw new Halt("link", false);
      if (pictures.length) this.pace(took, pictures.length);
      await pause(this.over ? 0 : Math.max(15, (pictures.length ? BATCH_MS : 30) - took));
    }
  }

  /** Takes no more pictures than the link bears, and more again when it has room. @param {number} took milliseconds for a request @param {number} count its pictures */
  pace(took, count) {
    const borne = RATES.findIndex((rate) => rate <= (1000 * count) / took);
    if (took > LATE_MS) this.slower = borne < 0 ? RATES.length - 1 : Math.max(borne, this.slower);
    else if (took < EARLY_MS) this.slower = Math.max(this.slower - 1, 0);
  }

  /** @param {Picture[]} pictures */
  async send(pictures) {
    const form = await this.signed(pictures);
    const answer = await this.ask(`${this.api}/film/pictures`, form);
    // Sent again after an answer was lost: it had been taken.
    if (answer.again && answer.json.code === "film-out-of-order") return;
    if (!answer.ok) throw refused(answer.json.code);
    const { challenge, followed, face } = answer.json;
    if (challenge && !this.challenge) {
      this.challenge = challenge;
      this.guide.asked(challenge);
    }
    this.followed = followed;
    this.answeredMs = pictures[pictures.length - 1].at_ms;
    this.guide.face(face);
    if (face || !this.seenMs) this.seenMs = this.clock();
    else if (this.clock() - this.seenMs > AWAY_MS) throw new Halt("face");
  }

  /** A form with pictures, and what the page says of them, signed. @param {{ bytes: Blob, sha256: string, at_ms: number }[]} pictures */
  async signed(pictures) {
    const facts = pictures.map(({ at_ms, sha256 }) => ({ at_ms, sha256 }));
    const head = { before: base64url(this.before), camera: this.camera, pictures: facts, shown: this.shown, showing: this.showing };
    this.shown = [];
    const text = new TextEncoder().encode(JSON.stringify(head));
    this.before = await sha256(text);
    const said = message([new TextEncoder().encode(this.nonce), text]);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, /** @type {CryptoKey} */ (this.key), said);
    const form = new FormData();
    form.append("nonce", this.nonce);
    form.append("head", new TextDecoder().decode(text));
    form.append("signature", base64url(signature));
    for (const { bytes } of pictures) form.append("frame", bytes, "frame.jpg");
    return form;
  }

  /** The form with the pictures that are compared: the film's end. @param {{ bytes: Blob, at: number }[]} burst pictures in the order of time */
  async end(burst) {
    await this.delivered;
    if (this.halted) throw this.halted;
    const pictures = burst.map(async ({ bytes, at }) => {
      return { bytes, at_ms: Math.round(at - this.zero), sha256: base64url(await sha256(await bytes.arrayBuffer())) };
    });
    return this.signed(await Promise.all(pictures));
  }

  /** Asks the service, again while it is too busy or the network is away. @param {string} path @param {BodyInit} body @param {Record<string, string>} headers */
  async ask(path, body, headers = {}) {
    const end = performance.now() + LINK_MS;
    for (let again = false; ; again = true) {
      const answer = await fetch(path, { method: "POST", body, headers, signal: AbortSignal.timeout(REQUEST_MS) }).catch(() => null);
      if (answer && answer.status < 500 && answer.status !== 429) {
        return { ok: answer.ok, again, json: await answer.json().catch(() => ({})) };
      }
      if (this.halted) throw this.halted;
      if (performance.now() > end) throw new Halt("link", false);
      await pause(RETRY_MS);
    }
  }
}
