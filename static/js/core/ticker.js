// One timer for everything that counts on the page. It rests while the page is hidden and catches up when it is shown again.
import { serverNow } from "./live.js";

const listeners = new Set();
let timer = 0;

function beat() {
  const now = serverNow();
  for (const listener of [...listeners]) listener(now);
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (listeners.size && !document.hidden) timer = setTimeout(beat, 1000 - (serverNow() % 1000) + 5);
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : beat()));

/** Call `listener(now)` at each full second of the server's time (milliseconds since 1970). Returns a function that stops it. */
export function everySecond(listener) {
  listeners.add(listener);
  if (listeners.size === 1) schedule();
  return () => {
    listeners.delete(listener);
    if (!listeners.size) clearTimeout(timer);
  };
}
