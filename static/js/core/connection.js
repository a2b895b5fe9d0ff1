// The page's one connection to the live channel, and the dot at the top that says how fresh the page is.
//
//   import { channel } from "../core/connection.js";
//   const board = channel.watch("board", { onReset() {…}, onChange({ type, key, data }) {…} });
import { connect } from "./live.js";
import { sample } from "./live/clock.js";
import { formatTime, t } from "./i18n.js";
import { html, render } from "./html.js";
import { announce } from "./toast.js";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const QUIET = 1500; // milliseconds: a page that connects at once never shows that it was not connected

// The page itself is a first sample of the server's clock, unless a service worker kept it.
const [load] = performance.getEntriesByType("navigation");
if (meta("server-now") && load && !load.workerStart) {
  sample(meta("server-now"), performance.timeOrigin + load.requestStart, performance.timeOrigin + load.responseStart);
}

export const channel = connect({ url: meta("live-url") });

const WORDS = {
  live: () => t("live"),
  connecting: () => t("connecting"),
  reconnecting: (seconds) => t("reconnecting %(seconds)s s", { seconds }),
  stale: (_seconds, since) => t("stale since %(time)s", { time: formatTime(since) }),
  "signed out": () => t("signed out"),
};

/** Draw a state into the dot. `since` in milliseconds of this browser. */
export function drawConnection(element, { name, since }, now = Date.now()) {
  const seconds = since ? Math.max(0, Math.round((now - since) / 1000)) : 0;
  element.dataset.state = name === "signed out" || name === "refused" ? "stale" : name;
  render(html`<span>${(WORDS[name] ?? WORDS.stale)(seconds, since)}</span>`, element);
}

/** Keep the dot true, mark the document (`data-live`) so that old data is seen to be old, and say it once to screen readers. */
export function showConnection(element) {
  if (!element) return;
  const begun = Date.now();
  let before = "";
  let everLive = false;
  const show = (state) => {
    everLive ||= state.name === "live";
    const name = state.name === "reconnecting" && !everLive ? "connecting" : state.name;
    document.documentElement.dataset.live = name === "signed out" ? "stale" : name;
    element.hidden = name === "connecting" && Date.now() - begun < QUIET;
    drawConnection(element, { ...state, name });
    if (name !== before && (name === "stale" || (name === "live" && before === "stale"))) announce(element.textContent.trim());
    before = name;
  };
  channel.onState(show);
  setInterval(() => channel.state.name !== "live" && show(channel.state), 1000);
}
