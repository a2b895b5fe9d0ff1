// The agent's telephone: one small interface over two devices with the same shape, the simulator's and Twilio's Voice SDK.
// The device is made after a click (browsers allow sound and microphone only then); it dials our own application with a one-time token.
//
//   await softphone.start()            load and make the device; again: nothing
//   await softphone.join(token, id)    into the conference of call `id`
//   softphone.mute(on), .hangUp(), .speak(text)     speak: simulated calls only, they are spoken in writing
//   softphone.onChange(listener)       state, muted, captions changed
import { api } from "../core/api.js";
import { t } from "../core/i18n.js";

const REFRESH_EVERY = 50 * 60_000; // the access token is good for an hour
const MOST_CAPTIONS = 200;
const HELD = "callout-call"; // the call this window's telephone is in: a reload may rejoin it
const here = new URL(import.meta.url);

class Softphone {
  #listeners = new Set();
  #device = null;
  #starting = null;
  #connection = null;
  carrier = ""; // none, simulator, twilio
  state = "off"; // off, starting, idle, connecting, open, reconnecting, failed
  callId = null;
  muted = false;
  problem = "";
  captions = []; // {from, text, mine}

  /** Whether this window carries a call's sound, or is about to. */
  get busy() {
    return this.#connection !== null || this.state === "connecting";
  }

  get speaks() {
    return this.carrier === "simulator";
  }

  /** The call this window was in before it was loaded again; null when another window has it, or none. */
  get heldBefore() {
    return Number(sessionStorage.getItem(HELD)) || null;
  }

  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Raises ApiError, or an Error whose text can be shown. */
  start() {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = null;
      this.#set("failed", error.title ?? error.message);
      throw error;
    });
    return this.#starting;
  }

  async #start() {
    this.#set("starting");
    const { carrier, token, url } = await api.get("/api/v1/softphone");
    this.carrier = carrier;
    if (carrier === "none") throw new Error(t("No telephone carrier is connected. An administrator connects one in the settings."));
    this.#device = carrier === "simulator" ? await simulated(url, token) : await twilio(token);
    this.#device.on("error", (error) => this.#set(this.state, error.message));
    this.#device.on("tokenWillExpire", () => this.#refresh());
    setInterval(() => this.#refresh(), REFRESH_EVERY);
    this.#set("idle");
  }

  async #refresh() {
    const { token } = await api.get("/api/v1/softphone");
    this.#device.updateToken(token);
  }

  /** Dial in. The caller is brought in by the server once we are there. */
  async join(token, callId) {
    await this.start();
    if (this.#connection) this.#connection.disconnect();
    if (callId !== this.callId) this.captions = [];
    this.callId = callId;
    this.muted = false;
    sessionStorage.setItem(HELD, callId);
    this.#set("connecting");
    const connection = await this.#device.connect({ params: { join: token } }).catch((error) => {
      this.#set("idle", error.message);
      throw error;
    });
    this.#connection = connection;
    const on = (event, run) => connection.on(event, (...values) => connection === this.#connection && run(...values));
    on("accept", () => this.#set("open"));
    on("mute", (muted) => this.#muted(muted));
    on("reconnecting", () => this.#set("reconnecting"));
    on("reconnected", () => this.#set("open"));
    on("caption", (caption) => this.#caption(caption));
    on("error", (error) => this.#set(this.state, error.message));
    for (const event of ["disconnect", "cancel", "reject"]) on(event, () => this.#over());
  }

  mute(on = !this.muted) {
    this.#connection?.mute(on);
  }

  /** Put the receiver down. That the call is over for everybody is said to the server, not here. */
  hangUp() {
    this.#connection?.disconnect();
  }

  speak(text) {
    if (!this.#connection?.speak) return;
    this.#connection.speak(text);
    this.#caption({ from: "", text, mine: true });
  }

  forget() {
    sessionStorage.removeItem(HELD);
  }

  #muted(muted) {
    this.muted = muted;
    this.#tell();
  }

  #caption({ from, text, mine = false }) {
    this.captions = [...this.captions, { from, text, mine }].slice(-MOST_CAPTIONS);
    this.#tell();
  }

  #over() {
    this.#connection = null;
    this.muted = false;
    this.#set("idle");
  }

  #set(state, problem = "") {
    this.state = state;
    this.problem = problem;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener(this);
  }
}

async function simulated(url, token) {
  const { SimulatorDevice } = await import(`${url}/static/device.js`);
  const device = new SimulatorDevice({ url, token });
  await device.register();
  return device;
}

async function twilio(token) {
  await microphone();
  await sdk();
  return new window.Twilio.Device(token, { codecPreferences: ["opus", "pcmu"], tokenRefreshMs: 60_000, closeProtection: true });
}

/** Ask once, at a click, not in the middle of a ringing call. */
async function microphone() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
  } catch {
    throw new Error(t("This browser may not use the microphone. Allow it beside the address, then choose Ready again."));
  }
}

/** The SDK is a plain script that sets window.Twilio. */
function sdk() {
  if (window.Twilio?.Device) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../../vendor/twilio.min.js", here).href;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(t("The telephone could not be loaded. Reload the page."))));
    document.head.append(script);
  });
}

export const softphone = new Softphone();
