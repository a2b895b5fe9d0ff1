// One watched topic: the reducer's state, its listeners, and carrying out what the reducer asks for.

import * as reducer from "./reducer.js";

const RETRY = { first: 500, most: 15000 };

export class Store {
  // `channel`: {ask(event, message) → Promise, fetchSnapshot(path) → Promise}
  constructor(topic, channel) {
    this.topic = topic;
    this.address = topic; // what changes are labelled with: `me` becomes `me:7`
    this.looking = [];
    this.refused = null;
    this.listeners = new Set();
    this.state = reducer.begin();
    this.channel = channel;
    this.tries = 0;
    this.timer = null;
    this.watchNumber = 0;
  }

  get rows() {
    return this.state.rows;
  }

  get tiles() {
    return this.state.tiles;
  }

  // Rows are whole and changes flow.
  get live() {
    return this.state.phase === "live";
  }

  connected() {
    this.carryOut(reducer.connected(this.state));
  }

  lost() {
    clearTimeout(this.timer);
    this.watchNumber += 1;
    this.carryOut(reducer.lost(this.state));
    this.tellState();
  }

  changed(change) {
    this.carryOut(reducer.changed(this.state, change));
  }

  announced(head) {
    this.carryOut(reducer.announced(this.state, head));
  }

  carryOut(effects) {
    for (const effect of effects) {
      if (effect.do === "watch") this.watch(effect);
      else if (effect.do === "fetch") this.fetch(effect);
      else if (effect.what === "reset") this.tellReset();
      else this.tellChange(effect.change);
    }
  }

  async watch(effect) {
    const number = ++this.watchNumber;
    const message = { topic: this.topic };
    if (effect.since !== null) Object.assign(message, { since: effect.since, epoch: effect.epoch });
    const answer = await this.channel.ask("watch", message).catch(() => ({ ok: false, error: "unavailable" }));
    if (number !== this.watchNumber) return; // the connection was lost meanwhile, or a newer question is out
    if (!answer.ok) return this.onRefusal(answer.error, () => this.watch(effect));
    this.refused = null;
    this.tries = 0;
    this.address = answer.topic;
    this.looking = answer.looking ?? [];
    this.carryOut(reducer.acknowledged(this.state, answer));
    this.tellState();
  }

  async fetch(effect) {
    const number = this.watchNumber;
    try {
      const snapshot = await this.channel.fetchSnapshot(`/live/snapshot/${this.topic}`);
      this.tries = 0;
      this.carryOut(reducer.loaded(this.state, snapshot, effect.fetch));
      this.tellState();
    } catch (error) {
      const again = () => this.state.phase === "loading" && this.state.fetch === effect.fetch && this.fetch(effect);
      if (number === this.watchNumber) this.onRefusal(error.code ?? "unavailable", again);
    }
  }

  // Refused for good: say so. Refused for now: again, later and later.
  onRefusal(error, again) {
    if (error === "not_found" || error === "not_allowed" || error === "too_many") {
      this.refused = error;
      this.tellState();
      return;
    }
    const wait = Math.min(RETRY.most, RETRY.first * 2 ** this.tries++) * (0.5 + Math.random());
    clearTimeout(this.timer);
    this.timer = setTimeout(again, wait);
  }

  close() {
    clearTimeout(this.timer);
    this.watchNumber += 1;
    reducer.lost(this.state);
  }

  tellReset() {
    for (const listener of this.listeners) listener.onReset?.(this.rows, this.tiles);
  }

  tellChange(change) {
    for (const listener of this.listeners) listener.onChange?.(change);
  }

  tellState() {
    for (const listener of this.listeners) listener.onState?.(this.channel.stateOf(this));
  }
}
