// The board's filters: what is chosen stays in sight, with how much of the day is shown, and is cleared by one click.
import { html, icon, nothing } from "../core/html.js";
import { formatNumber, t } from "../core/i18n.js";
import { count } from "./filters.js";

const TITLES = { branch: () => t("Branch"), technician: () => t("Technician"), skill: () => t("Skill"), work: () => t("Kind of job"), state: () => t("State") };
const STATES = { at_risk: () => t("at risk"), not_ready: () => t("parts not ready"), unconfirmed: () => t("not confirmed") };
const labelOf = (group, { value, label }) => (group === "state" ? STATES[value]() : label);

/** The button that opens the panel. */
export const filterButton = ({ filters, isOpen, toggle }) =>
  html`<button type="button" class="btn" id="filter-button" aria-expanded=${String(isOpen)} aria-controls="board-filters" @click=${toggle}>${icon("filter")}<span class="tool-word">${count(filters) ? t("Filters (%(count)s)", { count: formatNumber(count(filters)) }) : t("Filters")}</span></button>`;

/** What is chosen, and "12 of 40 visits shown". `shown`: {visits: [fit, all], people: […], jobs: […]}. */
export function filterBar({ filters, options, shown, choose, clear }) {
  const chosen = Object.entries(options).flatMap(([group, found]) => found.filter((one) => filters[group].includes(one.value)).map((one) => [group, one]));
  const of = ([fit, all]) => ({ shown: formatNumber(fit), count: formatNumber(all) });
  const remove = (group, one) =>
    html`<span class="chip chip-brand">${TITLES[group]()}: ${labelOf(group, one)}<button type="button" class="chip-remove" aria-label=${t("Remove the filter %(name)s", { name: labelOf(group, one) })} @click=${() => choose(group, one.value)}>${icon("x", { size: "small" })}</button></span>`;
  return html`${chosen.map(([group, one]) => remove(group, one))}
    <span class="small filter-shown" role="status">${[
      t("%(shown)s of %(count)s visits shown", of(shown.visits)),
      t("%(shown)s of %(count)s technicians", of(shown.people)),
      shown.jobs[1] ? t("%(shown)s of %(count)s to place", of(shown.jobs)) : "",
    ].filter(Boolean).join(" · ")}</span>
    <button type="button" class="btn btn-sm" @click=${clear}>${icon("filter-off")}${t("Clear filters")}</button>`;
}

/** All that can be chosen, with how many visits there are of it. */
export function filterPanel({ filters, options, choose }) {
  return html`${Object.entries(options).map(
    ([group, found]) => html`<fieldset class="filter-group"><legend>${TITLES[group]()}</legend>
      <div class="filter-choices">${found.length
        ? found.map(
            (one) => html`<label class="form-check"><input class="form-check-input" type="checkbox" .checked=${filters[group].includes(one.value)} @change=${() => choose(group, one.value)} /><span class="form-check-label">${labelOf(group, one)}</span><span class="soft tiny number">${formatNumber(one.count)}</span></label>`,
          )
        : html`<span class="small soft">${t("none")}</span>`}</div></fieldset>`,
  )}
  <p class="small soft filter-note">${t("What does not fit stays in the lanes as a grey block, so that nobody seems free who is not.")}</p>`;
}
