// Holidays of a calendar: those of a country or region, each to be switched off, and days by hand.
import { ApiError, api, pageData } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatDate, t } from "../../core/i18n.js";
import { toastError } from "../../core/toast.js";
import { countries } from "../../staff/fields.js";

const THIS_YEAR = new Date().getFullYear();

/**
 * holidaysPart({get(), set(holidays), country, redraw, canKeep(), keep(address)}) → {draw()}. Holidays are {"2026-12-25": "Christmas Day"}; those switched off stay listed on this
 * page until it is left, so that they can be switched on again. `keep("DE-BY")` lets them come by themselves; `canKeep()`: the calendar is published.
 */
export function holidaysPart({ get, set, country, redraw, canKeep, keep }) {
  const state = { country, region: "", year: THIS_YEAR, off: {}, busy: false, day: "", name: "" };

  async function fetchThem() {
    state.busy = true;
    redraw();
    try {
      const { items } = await api.get("/api/v1/holidays", { country: state.country, region: state.region, year: [state.year, state.year + 1], language: document.documentElement.lang.replace("-", "_") });
      const known = { ...get(), ...state.off };
      set({ ...get(), ...Object.fromEntries(items.filter(({ day }) => !(day in known)).map(({ day, name }) => [day, name])) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    } finally {
      state.busy = false;
      redraw();
    }
  }

  function toggle(day, name, on) {
    const { [day]: _gone, ...others } = get();
    if (on) delete state.off[day];
    else state.off[day] = name;
    set(on ? { ...others, [day]: name } : others);
  }

  function addByHand() {
    if (!state.day) return;
    delete state.off[state.day];
    set({ ...get(), [state.day]: state.name.trim() });
    Object.assign(state, { day: "", name: "" });
    redraw();
  }

  const line = ([day, name, on]) => html`<li><label class="row-of grow"><input class="form-check-input" type="checkbox" .checked=${on} @change=${(event) => toggle(day, name, event.target.checked)} />
    <span class="number holiday-day">${formatDate(`${day}T12:00:00Z`, { zone: "UTC", year: true })}</span><span class=${on ? "grow" : "grow faint"}>${name || t("Holiday")}</span></label></li>`;

  function draw() {
    const rows = [...Object.entries(get()).map(([day, name]) => [day, name, true]), ...Object.entries(state.off).map(([day, name]) => [day, name, false])].sort(([a], [b]) => a.localeCompare(b));
    const regions = pageData.holiday_countries[state.country] ?? [];
    return html`<section class="part">
      <div class="part-head wrap"><h2 class="grow">${t("Holidays")}</h2><span class="small soft">${t("whole days without working time")}</span></div>
      <div class="part-body setting-line">
        <select class="form-select" aria-label=${t("Country")} @change=${(event) => { Object.assign(state, { country: event.target.value, region: "" }); redraw(); }}>${countries(Object.keys(pageData.holiday_countries)).map(({ value, label }) => html`<option value=${value} ?selected=${value === state.country}>${label}</option>`)}</select>
        ${regions.length ? html`<select class="form-select" aria-label=${t("Region")} @change=${(event) => (state.region = event.target.value)}><option value="">${t("whole country")}</option>${regions.map((region) => html`<option ?selected=${region === state.region}>${region}</option>`)}</select>` : nothing}
        <input class="form-control" type="number" aria-label=${t("Year")} min="1970" max="2099" .value=${String(state.year)} @change=${(event) => (state.year = Number(event.target.value) || THIS_YEAR)} />
        <button type="button" class="btn" aria-busy=${String(state.busy)} @click=${fetchThem}>${icon("download")}${t("Add two years of these")}</button>
        ${canKeep() ? html`<button type="button" class="btn btn-quiet" @click=${() => keep([state.country, state.region].filter(Boolean).join("-"))}>${icon("refresh")}${t("Keep them up to date every year")}</button>` : nothing}
      </div>
      ${rows.length ? html`<ul class="lines holiday-lines">${rows.map(line)}</ul>` : nothing}
      <div class="part-body setting-line">
        <input class="form-control" type="date" aria-label=${t("Day")} .value=${state.day} @change=${(event) => (state.day = event.target.value)} />
        <input class="form-control" aria-label=${t("Name of the day")} placeholder=${t("Company outing")} .value=${state.name} @input=${(event) => (state.name = event.target.value)} @keydown=${(event) => event.key === "Enter" && (event.preventDefault(), addByHand())} />
        <button type="button" class="btn" @click=${addByHand}>${icon("plus")}${t("Add a day by hand")}</button>
      </div>
    </section>`;
  }

  return { draw };
}
