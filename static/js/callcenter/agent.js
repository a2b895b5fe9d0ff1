// The signed-in agent as every window of theirs sees them: presence, offer, call (live topic `me`), and the verbs on them.
// One instance for the page: the top bar and the console share it.
import { api } from "../core/api.js";
import { channel } from "../core/connection.js";
import { serverNow } from "../core/live.js";

class Agent {
  #listeners = new Set();
  #watched = null;
  known = false; // whether the first snapshot is there

  constructor() {
    this.#watched = channel.watch("me", {
      onReset: () => this.#tell(null),
      onChange: ({ key }) => this.#tell(key),
    });
  }

  get rows() {
    return this.#watched?.rows ?? new Map();
  }

  /** {person_id, state, reason, since}; null for an account that is nobody who takes calls. */
  get presence() {
    return this.rows.get("presence") ?? null;
  }

  /** The offer that still stands: {id, offered_at, deadline_at, call}. */
  get offer() {
    const offers = [...this.rows].filter(([key]) => key.startsWith("offer:")).map(([, offer]) => offer);
    return offers.findLast((offer) => offer.state === "open" && Date.parse(offer.deadline_at) > serverNow() - 2000) ?? null;
  }

  /** The call I am in or have to wrap up; `my_state`: joining, joined, lost, wrap_up. */
  get call() {
    return this.rows.get("call") ?? null;
  }

  get talking() {
    return ["joining", "joined", "lost"].includes(this.call?.my_state);
  }

  /** Call `listener(key)` after every change, key null when everything may differ; at once when the state is known. */
  onChange(listener) {
    this.#listeners.add(listener);
    if (this.known) listener(null);
    return () => this.#listeners.delete(listener);
  }

  setPresence(state, reason = null) {
    return api.put("/api/v1/me/presence", { state, reason });
  }

  /** → {call, join}. The offer may be gone meanwhile: ApiError with code `taken`. */
  accept(offer) {
    return api.post(`/api/v1/offers/${offer.id}/acceptance`);
  }

  decline(offer) {
    return api.post(`/api/v1/offers/${offer.id}/refusal`);
  }

  #tell(key) {
    this.known = true;
    queueMicrotask(() => this.#listeners.forEach((listener) => listener(key)));
  }
}

export const agent = new Agent();
