// What the rooms above tickets fill on a ticket: panels (visits with their parts, calls, mail), buttons, and entries of the timeline.
import { html, nothing } from "../core/html.js";

const panelsByName = new Map();
const actionsByName = new Map();
const entriesByKind = new Map();
let redraw = () => {};

/** The page draws itself again when a module comes late. */
export function onRegister(draw) {
  redraw = draw;
}

/** `draw(ticket)` gives a button among the ticket's actions, nothing to leave it out. */
export function registerAction(name, draw) {
  actionsByName.set(name, draw);
  redraw();
}

/** Buttons that rooms above add to a ticket's actions. */
export const moreActions = (ticket) => [...actionsByName.values()].map((draw) => draw(ticket));

/** `draw(data)` gives the panel's inside, nothing to leave it out. */
export function registerPanel(name, draw) {
  panelsByName.set(name, draw);
  redraw();
}

/**
 * Entries of a kind in their own words. `draw(entry)` gives {sign (an icon's name), title, beside, lines: [{text, soft?}], words (what somebody
 * wrote)}, or null for an entry that it does not know: then the stored sentence is shown.
 */
export function registerEntry(kind, draw) {
  entriesByKind.set(kind, draw);
  redraw();
}

/** An entry as its room draws it, null when none does. */
export const drawnEntry = (entry) => entriesByKind.get(entry.kind)?.(entry) ?? null;

/** All panels of a ticket's rows (`panel:<name>`) that somebody can draw. */
export function panels(rows) {
  return [...panelsByName].map(([name, draw]) => {
    const data = rows.get(`panel:${name}`);
    const inside = data === undefined || data === null ? nothing : draw(data);
    return inside === nothing ? nothing : html`<section class="panel" data-panel=${name}>${inside}</section>`;
  });
}
