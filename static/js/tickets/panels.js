// Panels that the rooms above tickets fill on a ticket: visits with their parts, calls, mail.
import { html, nothing } from "../core/html.js";

const panelsByName = new Map();
const actionsByName = new Map();
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

/** All panels of a ticket's rows (`panel:<name>`) that somebody can draw. */
export function panels(rows) {
  return [...panelsByName].map(([name, draw]) => {
    const data = rows.get(`panel:${name}`);
    const inside = data === undefined || data === null ? nothing : draw(data);
    return inside === nothing ? nothing : html`<section class="panel" data-panel=${name}>${inside}</section>`;
  });
}
