// Keyboard shortcuts: one key ("n") or two after each other ("g b"); "?" shows all of them. Typing in a field never triggers one.
import { t } from "./i18n.js";
import { html } from "./html.js";
import { openDialog } from "./dialog.js";

const SECOND_KEY_WITHIN = 1200; // milliseconds
const OFF = "callout-keys-off";
const bound = new Map();
const listed = [];
let waiting = "";
let timer = 0;

const isOff = () => localStorage.getItem(OFF) === "yes";
const typing = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

/**
 * Bind keys: `bind("r", t("Reply"), () => …, {group: t("Ticket")})`. The latest binding of a key wins. Returns a function that unbinds.
 * In templates: `data-key="g b"` on a link or button presses it; its name is aria-label or text, its group `data-key-group`.
 */
export function bind(keys, label, run, { group = t("This page") } = {}) {
  const entry = { keys, label, run, group };
  bound.set(keys, [...(bound.get(keys) ?? []), entry]);
  return () => bound.set(keys, (bound.get(keys) ?? []).filter((other) => other !== entry));
}

/** List keys that a part of the page answers to itself (with Alt or Ctrl, on what has the focus): `list("Alt ArrowLeft", t("Earlier"), {group})`. */
export function list(keys, label, { group = t("This page") } = {}) {
  listed.push({ keys, label, group });
}

const marked = (keys) => [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === keys && element.checkVisibility());

function find(keys) {
  const entry = bound.get(keys)?.at(-1);
  if (entry) return entry.run;
  const element = marked(keys);
  return element ? () => (element.matches("input, select, textarea") ? element.focus() : element.click()) : null;
}

const startsSequence = (key) =>
  [...bound.keys()].some((keys) => keys.startsWith(`${key} `) && bound.get(keys).length) ||
  [...document.querySelectorAll("[data-key]")].some((element) => element.dataset.key.startsWith(`${key} `));

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]:modal")) return;
  if (isOff() && event.key !== "?") return;
  const keys = waiting ? `${waiting} ${event.key}` : event.key;
  waiting = "";
  clearTimeout(timer);
  const run = find(keys) ?? find(event.key);
  if (run) {
    event.preventDefault();
    run(event);
  } else if (startsSequence(event.key)) {
    waiting = event.key;
    timer = setTimeout(() => (waiting = ""), SECOND_KEY_WITHIN);
  }
}

function all() {
  const groups = new Map();
  const add = (group, keys, label) => groups.set(group, [...(groups.get(group) ?? []), { keys, label }]);
  for (const element of document.querySelectorAll("[data-key]")) {
    const label = element.getAttribute("aria-label") || element.textContent.trim();
    add(element.dataset.keyGroup || t("This page"), element.dataset.key, label);
  }
  for (const entries of bound.values()) if (entries.length) add(entries.at(-1).group, entries.at(-1).keys, entries.at(-1).label);
  for (const { group, keys, label } of listed) add(group, keys, label);
  return groups;
}

const shown = (keys) => keys.split(" ").map((key) => html`<kbd>${{ ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" }[key] ?? key}</kbd> `);

/** The sheet with all keys, and the switch that turns them off. */
export function openKeys() {
  openDialog({
    title: t("Keyboard shortcuts"),
    content: () => html`<div class="keys-sheet">
        ${[...all()].map(
          ([group, entries]) => html`<section>
            <h3>${group}</h3>
            <dl>${entries.map(({ keys, label }) => html`<div><dt>${label}</dt><dd>${shown(keys)}</dd></div>`)}</dl>
          </section>`,
        )}
      </div>
      <label class="form-check form-switch">
        <input class="form-check-input" type="checkbox" ?checked=${!isOff()} @change=${(event) => localStorage.setItem(OFF, event.target.checked ? "no" : "yes")} />
        <span class="form-check-label">${t("Single keys work on this device")}</span>
      </label>`,
    size: "wide",
  });
}

/** Listen. Called once by page.js. */
export function listen() {
  document.addEventListener("keydown", pressed);
  bind("?", t("All keyboard shortcuts"), openKeys, { group: t("Everywhere") });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-open-keys]")) return;
    document.querySelector("[popover]:popover-open")?.hidePopover();
    openKeys();
  });
}
