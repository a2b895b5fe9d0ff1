// A list fed by the live channel: what changed is tinted once, order changes slide, and nothing moves under the pointer or the cursor:
// while the list is hovered or something in it has the focus it keeps its order and says "3 new".
import { html, nothing, render, repeat } from "./html.js";
import { tn } from "./i18n.js";
import { empty, holdBar } from "./parts.js";

const SLIDE = 220; // milliseconds
const MOST_SLIDING = 120; // elements; more are put in place at once
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Draw a keyed list into `element`, and again whenever it is told of a change.
 *
 * rows: a Map key → data, or a function returning one (the live store's `rows`); read at every drawing
 * item(data, key): template of one item's inside
 * order(a, b): comparison of two data; filter(data, key): which belong here; limit: at most so many are drawn
 * itemClass, tag ("li"), tint (false: never): about the items;   nothing: {icon, title, text} of the empty state
 *
 * From the live channel: give `channel` and `topic` instead of `rows`; lists of one topic share its store, `tiles(tiles)` gets the counts.
 *
 * Returns {changed(key), reset(), refresh(), release(), shown(), watched, close()}. `changed` after an upsert or removal, `reset` when everything
 * may differ (both by itself with a topic), `refresh` when only time passed (the order or filter may say something else).
 */
export function liveList(element, { rows, channel, topic, tiles, item, order = () => 0, filter = () => true, limit = Infinity, itemClass = "", tint = true, nothing: none = null }) {
  let watched = null;
  const read = topic ? () => watched?.rows ?? new Map() : typeof rows === "function" ? rows : () => rows;
  let keys = []; // as drawn
  let last = new Map(); // data as drawn: what was removed stays in its place while the list is held
  let hovered = false;
  let focused = false;
  let scheduled = false;
  const tinted = new Set();
  const held = () => (hovered || focused) && keys.length > 0;

  const wanted = () =>
    [...read()]
      .filter(([key, data]) => filter(data, key))
      .sort(([, a], [, b]) => order(a, b))
      .slice(0, limit)
      .map(([key]) => key);

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function draw() {
    const target = wanted();
    const fresh = held() ? target.filter((key) => !last.has(key)) : [];
    const before = held() ? null : positions();
    if (!held()) {
      keys = target;
      last = new Map();
    }
    const present = new Set(target);
    const data = read();
    for (const key of keys) if (data.has(key)) last.set(key, data.get(key));
    const one = (key) => {
      const classes = [itemClass, present.has(key) ? "" : "gone"].join(" ").trim();
      return html`<li class=${classes || nothing} data-item=${key}>${item(last.get(key), key)}</li>`;
    };
    render(
      html`${fresh.length ? holdBar(tn("%(count)s new", "%(count)s new", fresh.length), release) : nothing}
      ${repeat(keys, (key) => key, one)}${!keys.length && none ? html`<li class="list-empty">${empty(none)}</li>` : nothing}`,
      element,
    );
    if (before) slide(before);
    mark();
  }

  const items = () => [...element.children].filter((child) => child.dataset.item !== undefined);

  function positions() {
    const children = items();
    if (calm.matches || children.length > MOST_SLIDING) return null;
    return new Map(children.map((child) => [child.dataset.item, child.getBoundingClientRect()]));
  }

  function slide(before) {
    for (const child of items()) {
      const old = before.get(child.dataset.item);
      if (!old) continue;
      const now = child.getBoundingClientRect();
      const [x, y] = [old.left - now.left, old.top - now.top];
      if (!x && !y) continue;
      child.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: SLIDE, easing: "cubic-bezier(0.3, 0.7, 0.2, 1)" });
    }
  }

  function mark() {
    if (!tinted.size) return;
    for (const child of items()) {
      if (!tinted.has(child.dataset.item)) continue;
      child.classList.remove("changed");
      void child.offsetWidth; // start the animation anew
      child.classList.add("changed");
      child.addEventListener("animationend", () => child.classList.remove("changed"), { once: true });
    }
    tinted.clear();
  }

  function release() {
    hovered = focused = false;
    draw();
  }

  element.addEventListener("pointerenter", (event) => (hovered = event.pointerType !== "touch"));
  element.addEventListener("pointerleave", () => {
    hovered = false;
    schedule();
  });
  element.addEventListener("focusin", () => (focused = true));
  element.addEventListener("focusout", (event) => {
    focused = element.contains(event.relatedTarget);
    schedule();
  });
  draw();

  const list = {
    changed(key) {
      if (tint) tinted.add(String(key));
      schedule();
    },
    reset: schedule,
    refresh: schedule,
    release,
    shown: () => [...keys],
    close: () => watched?.close(),
    get watched() {
      return watched;
    },
  };
  if (topic) {
    watched = channel.watch(topic, {
      onReset(_rows, counts) {
        tiles?.(counts);
        schedule();
      },
      onChange({ type, key, data }) {
        if (type === "tiles") tiles?.(data);
        else list.changed(key);
      },
    });
  }
  return list;
}
