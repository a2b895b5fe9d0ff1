// The live channel in a page.
//
//   import { connect, serverNow } from "./live.js";
//   const live = connect({ url: document.body.dataset.live });
//   const board = live.watch("board", { onReset(rows, tiles) {}, onChange({ type, key, data }) {}, onState({ name, since }) {} });
//   board.rows (Map key → data), board.tiles, board.close()
//   live.hint("ticket:42", "typing");   live.onHint(({ topic, kind, from, data }) => {})
//
// States: "live"; "reconnecting" since …; "stale" since … (long enough that a person should know); "refused" (why);
// "signed out". `since` is when the last good news came, in milliseconds of this browser.

import { io } from "../../vendor/socket.io.esm.min.js";
import { sample, serverNow, strange } from "./live/clock.js";
import { Store } from "./live/store.js";

export { serverNow };

const ANSWER_WITHIN = 10000;
const STALE_AFTER = 10000;
const CLOCK_EVERY = 60000;
const LOOKING_EVERY = 20000;

// auth: {token} or {visitor} where there is no session cookie. One connection for a page is enough.
export function connect({ url, auth = null }) {
  return new Live(url, auth);
}

class Live {
  constructor(url, auth) {
    this.auth = auth;
    this.stores = new Map();
    this.hintListeners = new Set();
    this.stateListeners = new Set();
    this.lostAt = Date.now();
    this.signedOut = false;
    this.socket = io(`${url}/live`, {
      transports: ["websocket"],
      auth: auth ?? {},
      withCredentials: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 10000,
      randomizationFactor: 0.5,
    });
    this.listen();
    this.timers = [
      setInterval(() => this.tellState(), 1000),
      setInterval(() => this.askTime(), CLOCK_EVERY),
      setInterval(() => this.look(), LOOKING_EVERY),
    ];
  }

  listen() {
    const { socket } = this;
    socket.on("connect", () => this.onConnect());
    socket.on("disconnect", (reason) => this.onDisconnect(reason));
    socket.on("connect_error", (error) => this.onError(error));
    socket.on("change", (...changes) => {
      for (const change of changes) {
        this.storeAt(change.topic)?.changed(change);
        if (strange(change.at)) this.askTime();
      }
    });
    socket.on("head", (head) => this.storeAt(head.topic)?.announced(head));
    socket.on("hint", (hint) => this.onHintFromServer(hint));
  }

  // Watch a topic. Several watchers of one topic share one store; each gets a handle of its own.
  watch(topic, listener = {}) {
    let store = this.stores.get(topic);
    if (!store) {
      store = new Store(topic, this);
      this.stores.set(topic, store);
      if (this.socket.connected) store.connected();
    } else if (store.live) {
      listener.onReset?.(store.rows, store.tiles);
    }
    store.listeners.add(listener);
    listener.onState?.(this.stateOf(store));
    return {
      topic,
      get rows() {
        return store.rows;
      },
      get tiles() {
        return store.tiles;
      },
      get looking() {
        return store.looking;
      },
      get state() {
        return store.channel.stateOf(store);
      },
      close: () => this.unwatch(store, listener),
    };
  }

  unwatch(store, listener) {
    store.listeners.delete(listener);
    if (store.listeners.size || this.stores.get(store.topic) !== store) return;
    this.stores.delete(store.topic);
    store.close();
    if (this.socket.connected) this.socket.emit("unwatch", { topic: store.topic });
  }

  // Tell others who watch the topic: "typing" (with the text so far, where the topic has that), "looking". Lost when there is no connection.
  hint(topic, kind, data = "") {
    if (this.socket.connected) this.socket.emit("hint", { topic, kind, data });
  }

  onHint(listener) {
    this.hintListeners.add(listener);
    return () => this.hintListeners.delete(listener);
  }

  // Answer whenever the server asks whether this page is there (for calls). From the event, not by a timer: browsers slow those of hidden pages.
  attend() {
    this.socket.on("here", (answer) => answer());
  }

  // The connection's own state, for the page's one indicator.
  onState(listener) {
    this.stateListeners.add(listener);
    listener(this.state);
    return () => this.stateListeners.delete(listener);
  }

  get state() {
    if (this.signedOut) return { name: "signed out", since: this.lostAt };
    if (this.socket.connected) return { name: "live", since: null };
    return { name: Date.now() - this.lostAt > STALE_AFTER ? "stale" : "reconnecting", since: this.lostAt };
  }

  stateOf(store) {
    if (store.refused) return { name: "refused", since: null, why: store.refused };
    return this.state;
  }

  close() {
    this.timers.forEach(clearInterval);
    for (const store of this.stores.values()) store.close();
    this.socket.disconnect();
  }

  onConnect() {
    this.signedOut = false;
    this.lostAt = null;
    this.askTime();
    for (const store of this.stores.values()) store.connected();
    this.tellState();
  }

  onDisconnect(reason) {
    this.lostAt = Date.now();
    for (const store of this.stores.values()) store.lost();
    this.tellState();
    // The server ended it: our sign-in, or another of ours, ended. Ask whether we may come back.
    if (reason === "io server disconnect") setTimeout(() => this.socket.connect(), 200 + Math.random() * 800);
  }

  // A refusal ends socket.io's own trying; a lost network does not.
  onError(error) {
    if (error.message === "not_signed_in") this.signedOut = true;
    else if (error.message === "unavailable") setTimeout(() => this.socket.connect(), 1000 + Math.random() * 4000);
    this.tellState();
  }

  tellState() {
    const { state } = this;
    const told = `${state.name} ${state.since}`;
    if (told === this.told) return;
    this.told = told;
    for (const listener of this.stateListeners) listener(state);
    for (const store of this.stores.values()) store.tellState();
  }

  storeAt(address) {
    const named = this.stores.get(address);
    if (named) return named;
    return [...this.stores.values()].find((store) => store.address === address);
  }

  onHintFromServer(hint) {
    const store = this.storeAt(hint.topic);
    if (store && hint.kind !== "typing") {
      const others = store.looking.filter((who) => who.id !== hint.from.id);
      store.looking = hint.kind === "looking" ? [...others, hint.from] : others;
    }
    for (const listener of this.hintListeners) listener(store ? { ...hint, topic: store.topic } : hint);
  }

  // Renew "looking" where the page asked for it once.
  look() {
    for (const store of this.stores.values()) if (store.showsLooking) this.hint(store.topic, "looking");
  }

  lookingAt(topic) {
    const store = this.stores.get(topic);
    if (store) store.showsLooking = true;
    this.hint(topic, "looking");
  }

  async askTime() {
    if (!this.socket.connected || this.asking) return;
    this.asking = true;
    const sent = Date.now();
    try {
      const { at } = await this.ask("time", {});
      sample(at, sent, Date.now());
    } catch {
      // Asked again in a minute.
    } finally {
      this.asking = false;
    }
  }

  ask(event, message) {
    return this.socket.timeout(ANSWER_WITHIN).emitWithAck(event, message);
  }

  async fetchSnapshot(path) {
    const headers = { Accept: "application/json" };
    if (this.auth?.token) headers.Authorization = `Bearer ${this.auth.token}`;
    if (this.auth?.visitor) headers.Authorization = `Visitor ${this.auth.visitor}`;
    const response = await fetch(path, { headers, credentials: "same-origin", cache: "no-store" });
    if (response.ok) return response.json();
    const code = { 401: "not_allowed", 403: "not_allowed", 404: "not_found" }[response.status] ?? "unavailable";
    throw Object.assign(new Error(code), { code });
  }
}
