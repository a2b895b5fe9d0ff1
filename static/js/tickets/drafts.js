// Drafts of a ticket: on the server, so that they are there on the next device; in this browser only until the server has them.
import { api } from "../core/api.js";

const WAIT = 800; // milliseconds after the last letter

const local = {
  get(key) {
    try {
      return localStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  },
  set(key, value) {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch {
      // a full or closed storage costs the draft's copy, not the text on screen
    }
  },
};

/** draftOf(number) → { text(kind), keep(kind, text), sent(kind), load(found(kind)) }. */
export function draftOf(number) {
  const path = `/api/v1/tickets/${number}/drafts`;
  const key = (kind) => `draft:${number}:${kind}`;
  const texts = { reply: local.get(key("reply")), note: local.get(key("note")) };
  const timers = {};

  async function save(kind) {
    const text = texts[kind];
    try {
      await api.put(path, { kind, text });
      if (texts[kind] === text) local.set(key(kind), "");
    } catch {
      // it stays in this browser and is sent with the next letter or the next visit
    }
  }

  function keep(kind, text) {
    if (texts[kind] === text) return;
    texts[kind] = text;
    local.set(key(kind), text);
    clearTimeout(timers[kind]);
    timers[kind] = setTimeout(() => save(kind), WAIT);
  }

  /** It was sent: nothing is left to keep. */
  function sent(kind) {
    const had = texts[kind];
    clearTimeout(timers[kind]);
    texts[kind] = "";
    local.set(key(kind), "");
    if (had) save(kind);
  }

  /** What the server has, where this browser has nothing newer. */
  async function load(found) {
    try {
      const { items } = await api.get(path);
      for (const draft of items) {
        if (texts[draft.kind]) continue;
        texts[draft.kind] = draft.text;
        found(draft.kind);
      }
      for (const kind of Object.keys(texts)) if (local.get(key(kind))) save(kind);
    } catch {
      // then what this browser has
    }
  }

  return { keep, load, sent, text: (kind) => texts[kind] };
}
