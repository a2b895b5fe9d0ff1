// What a page needs to draw, in one import: lit-html, its common directives, and ours.
// Our policy forbids style attributes (style-src 'self'), so never write style="…" or lit's styleMap: use vars().
import { html, svg, render, nothing, noChange } from "../../vendor/lit-html/lit-html.js";
import { directive, Directive, PartType } from "../../vendor/lit-html/directive.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { classMap } from "../../vendor/lit-html/directives/class-map.js";
import { ifDefined } from "../../vendor/lit-html/directives/if-defined.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";

class Vars extends Directive {
  constructor(part) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("vars() stands on an element: <div ${vars({ \"--used\": 0.4 })}>");
  }

  render() {
    return noChange;
  }

  update(part, [values]) {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined) part.element.style.removeProperty(name);
      else part.element.style.setProperty(name, String(value));
    }
    return noChange;
  }
}

/** Set style properties on an element through the CSSOM: `<div ${vars({"--used": 0.4, width: "10px"})}>`. */
export const vars = directive(Vars);

const SPRITE = new URL("../../vendor/icons.svg", import.meta.url).pathname;

/** A Tabler icon by name ("phone", "player-pause-filled"); decoration for screen readers unless `label` is given. Names: static/icons.txt. */
export function icon(name, { label = "", size = "" } = {}) {
  const classes = size ? `icon icon-${size}` : "icon";
  return label
    ? html`<svg class=${classes} role="img" aria-label=${label}><use href="${SPRITE}#tabler-${name}"></use></svg>`
    : html`<svg class=${classes} aria-hidden="true"><use href="${SPRITE}#tabler-${name}"></use></svg>`;
}

export { html, svg, render, nothing, noChange, repeat, classMap, ifDefined, live, ref };
