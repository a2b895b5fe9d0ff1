// The windows of one day as pairs of times, with buttons to add and remove; the same for a weekday and for a single date.
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { nextWindow, overnight } from "./hours.js";

// A time field knows no 24:00: people write 00:00 for the end of the day, which says the same.
const shown = (text) => (text === "24:00" ? "00:00" : text);

/** `windows` [["08:00", "18:00"], …]; `changed(windows)` with a new list. `empty`: what stands there when there is none. */
export function windowsEditor({ day, windows, changed, empty }) {
  const put = (index, place, value) => value && changed(windows.map((window, at) => (at === index ? window.map((old, side) => (side === place ? value : old)) : window)));
  const time = (window, index, place, label) =>
    html`<input class="form-control" type="time" aria-label=${label} .value=${shown(window[place])} @change=${(event) => put(index, place, place && event.target.value === "00:00" ? "24:00" : event.target.value)} />`;
  const one = (window, index) => html`<span class="week-window">
    ${time(window, index, 0, t("From, %(day)s", { day }))}–${time(window, index, 1, t("To, %(day)s", { day }))}
    ${window[1] !== "24:00" && overnight(window) ? html`<span class="tiny soft">${t("next day")}</span>` : nothing}
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this window")} @click=${() => changed(windows.filter((_other, at) => at !== index))}>${icon("x", { size: "small" })}</button>
  </span>`;
  return html`<div class="week-day"><span class="strong clip">${day}</span>
    <div class="week-windows">${windows.length ? windows.map(one) : html`<span class="faint">${empty}</span>`}</div>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Add a window on %(day)s", { day })} @click=${() => changed([...windows, nextWindow(windows)])}>${icon("plus")}</button>
  </div>`;
}
