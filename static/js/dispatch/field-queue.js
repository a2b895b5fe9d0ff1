// Reports waiting on the phone: kept in IndexedDB under their own uuid until the server answered, sent in the order in which they were made.
// A lost network, a closed page or a double tap does no harm: the server applies each uuid once.
import { ApiError, api, newKey } from "../core/api.js";
import { openDB } from "../../vendor/idb.js";

const AGAIN = [2000, 5000, 10_000, 30_000]; // milliseconds between tries while the network is away
const ANSWERED = new Set(["applied", "noted", "already"]);

/** One technician's queue on this phone. `changed()` is called whenever what waits is different; `answered(update, answer)` after each. */
export async function openQueue(userId, { changed = () => {}, answered = () => {} } = {}) {
  const db = await openDB(`callout-field-${userId}`, 1, {
    upgrade(made) {
      made.createObjectStore("updates", { keyPath: "order", autoIncrement: true }).createIndex("uuid", "uuid", { unique: true });
      made.createObjectStore("drafts");
    },
  });
  return new Queue(db, changed, answered);
}

class Queue {
  #db;
  #changed;
  #answered;
  #sending = false;
  #again = false; // something asked while a sending was under way: what it was about may not be in that one
  #tries = 0;
  #timer = 0;
  updates = [];
  stale = false; // the page is older than the sign-in: its token is refused, a fresh page sends what waits

  constructor(db, changed, answered) {
    this.#db = db;
    this.#changed = changed;
    this.#answered = answered;
    addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => document.hidden || this.send());
  }

  /** What waits, oldest first; `problem` is set on those that need a look. */
  get waiting() {
    return this.updates.filter((update) => !update.problem);
  }

  get problems() {
    return this.updates.filter((update) => update.problem);
  }

  async #read() {
    this.updates = await this.#db.getAll("updates");
    this.#changed();
  }

  /** Keep a report and send it as soon as possible. */
  async add({ visit, action, data = {}, at }) {
    await this.#db.add("updates", { uuid: newKey(), visit, action, data, happened_at: new Date(at).toISOString(), problem: null });
    await this.#read();
    this.send();
  }

  /** Forget one that was answered with a conflict or refused. */
  async drop(order) {
    await this.#db.delete("updates", order);
    await this.#read();
  }

  /** Send everything that waits. One page at a time, however many are open. */
  async send() {
    this.#again = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#again) {
        this.#again = false;
        clearTimeout(this.#timer);
        await navigator.locks.request("callout-field", () => this.#sendAll());
      }
    } finally {
      this.#sending = false;
    }
  }

  async #sendAll() {
    await this.#read();
    for (const update of this.waiting) {
      const outcome = await this.#sendOne(update);
      if (outcome === "later") {
        this.#timer = setTimeout(() => this.send(), AGAIN[Math.min(this.#tries, AGAIN.length - 1)]);
        this.#tries += 1;
        if (this.stale) this.#changed();
        return;
      }
      this.#tries = 0;
    }
  }

  async #sendOne(update) {
    const { uuid, visit, action, data, happened_at } = update;
    let answer;
    try {
      answer = await api.post("/api/v1/field/updates", { uuid, visit, action, data, happened_at }, { key: uuid, retry: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.stale = error.code === "csrf";
      if (error.offline || error.status >= 500 || error.status === 401 || error.status === 429 || error.code === "busy" || error.code === "csrf") return "later";
      answer = { result: "refused", message: error.title, code: error.code };
    }
    if (ANSWERED.has(answer.result)) await this.#db.delete("updates", update.order);
    else await this.#db.put("updates", { ...update, problem: answer });
    await this.#read();
    await this.#answered(update, answer);
    return "sent";
  }

  /** What was typed for a visit and not sent yet. */
  async draft(visit) {
    return (await this.#db.get("drafts", visit)) ?? null;
  }

  async keepDraft(visit, draft) {
    await this.#db.put("drafts", draft, visit);
  }

  async dropDraft(visit) {
    await this.#db.delete("drafts", visit);
  }
}
