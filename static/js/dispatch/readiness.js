// Whether a visit's parts are where they must be: ● ready, ◐ to fetch or coming Tue, ○ short. A sign and a word, no colour: colour means time.
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { insteadWord, lineWord, partName, plainDate } from "./words.js";

const SIGNS = { ready: "●", pickup: "◐", waiting: "◐", short: "○" };

/** The state in words: "parts ready", "to fetch", "coming Thu, Mar 12", "parts short". */
export function readinessWord(found) {
  if (found.state === "ready") return t("parts ready");
  if (found.state === "pickup") return t("parts to fetch");
  if (found.state === "short") return t("parts short");
  return found.eta ? t("parts coming %(day)s", { day: plainDate(found.eta) }) : t("parts on order");
}

/** The mark beside a visit; nothing for one that is over or needs no parts. `brief`: the sign alone, the words for screen readers and on hover. */
export function readinessMark(found, { brief = false } = {}) {
  if (!found || !found.lines.length) return nothing;
  const word = readinessWord(found);
  const said = [word, ...found.lines.map(lineText)].join("\n");
  return html`<span class="readiness" data-state=${found.state} title=${said}><span aria-hidden="true">${SIGNS[found.state]}</span><span class=${brief ? "visually-hidden" : ""}>${word}</span></span>`;
}

const lineText = (line) => `${line.quantity} × ${partName(line)}${line.instead_of ? ` (${insteadWord(line)})` : ""}: ${lineWord(line.state)}`;

/** Every part on a line of its own, with where it is. */
export function readinessLines(found) {
  if (!found || !found.lines.length) return nothing;
  return html`<ul class="part-lines">${found.lines.map(
    (line) => html`<li data-state=${line.state}>
      <span class="number">${line.quantity} ×</span><span class="grow">${partName(line)} <span class="soft small">${line.sku}</span>${line.instead_of ? html`<span class="small soft instead">${insteadWord(line)}</span>` : nothing}</span>
      <span class="small soft">${line.state === "short" ? icon("alert-circle", { size: "small" }) : nothing}${lineWord(line.state)}${
        line.places.length && line.state !== "on_van" ? html` · ${line.places.map((place) => place.name).join(", ")}` : nothing
      }${line.eta ? html` · ${plainDate(line.eta)}` : nothing}</span></li>`,
  )}</ul>`;
}
