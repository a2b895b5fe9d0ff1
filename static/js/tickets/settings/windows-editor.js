// The windows of one day as pairs of times, with buttons to add and remove; the same for a weekday and for a single date.
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { clockText, nextWindow, overnight } from "./hours.js";

/** `windows` [["08:00", "18:00"], …]; `changed(windows)` with a new list. `short`: the day on a phone. `empty`: what stands there when there is none. */
export function windowsEditor({ day, short = "", windows, changed, empty }) {
  // A text field, because a browser's own may hide whether 04:30 is before or after noon, and knows no 24:00.
  const typed = (event, index, place) => {
    const found = clockText(event.target.value);
    event.target.setAttribute("aria-invalid", String(!found));
    event.target.classList.toggle("is-invalid", !found);
    if (!found) return;
    event.target.value = found;
    changed(windows.map((window, at) => (at === index ? window.map((old, side) => (side === place ? found : old)) : window)));
  };
  // Not `live`: the page is drawn anew when the worked example arrives, and what is half typed must stay.
  const time = (window, index, place, label) =>
    html`<input class="form-control" inputmode="numeric" maxlength="5" aria-label=${label} .value=${window[place]} @change=${(event) => typed(event, index, place)} />`;
  const one = (window, index) => html`<span class="week-window">
    ${time(window, index, 0, t("From, %(day)s", { day }))}–${time(window, index, 1, t("To, %(day)s", { day }))}
    ${window[1] !== "24:00" && overnight(window) ? html`<span class="tiny soft">${t("next day")}</span>` : nothing}
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this window")} @click=${() => changed(windows.filter((_other, at) => at !== index))}>${icon("x", { size: "small" })}</button>
  </span>`;
  return html`<div class="week-day"><span class="strong clip">${short ? html`<span class="day-long">${day}</span><span class="day-short" aria-hidden="true">${short}</span>` : day}</span>
    <div class="week-windows">${windows.length ? windows.map(one) : html`<span class="faint">${empty}</span>`}</div>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Add a window on %(day)s", { day })} @click=${() => changed([...windows, nextWindow(windows)])}>${icon("plus")}</button>
  </div>`;
}
