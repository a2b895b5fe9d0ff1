// One calendar: week, holidays, single days, a worked example; saving publishes a new version.
import { ApiError, api, newKey, pageData } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { formatDate, t } from "../../core/i18n.js";
import { toast } from "../../core/toast.js";
import { named, select, zones } from "../../staff/fields.js";
import { DAYS, SHORT_DAYS } from "../../staff/words.js";
import { worked } from "./example.js";
import { holidaysPart } from "./holidays.js";
import { cleaned, WEEKDAYS } from "./hours.js";
import { sourcesPart } from "./sources.js";
import { versionsPart } from "./versions.js";
import { windowsEditor } from "./windows-editor.js";

const place = document.getElementById("calendar");
const OFFICE = Object.fromEntries(WEEKDAYS.slice(0, 5).map((day) => [day, [["08:00", "17:00"]]]));
const FOUR_HOURS = 4 * 3600;
let published = pageData.calendar;
const asked = Number(new URL(location.href).searchParams.get("branch")) || null;
const branch = pageData.branches.find((one) => one.id === (published?.branch_id ?? asked));
let name = published?.name ?? branch?.name ?? "";
let branchId = published?.branch_id ?? branch?.id ?? null;
let definition = structuredClone(published?.definition ?? { timezone: branch?.time_zone ?? pageData.branches[0]?.time_zone ?? "UTC", hours: OFFICE, holidays: {}, exceptions: {} });
let problem = "";
let busy = false;
let day = "";
let key = newKey();

const state = () => JSON.stringify([name, branchId, cleaned(definition)]);
let saved = published ? state() : "";

function change(values) {
  definition = { ...definition, ...values };
  problem = "";
  draw();
  example.renew();
}

const example = worked({ ask: () => ({ definition: cleaned(definition), lines: [{ label: t("4 h of working time"), seconds: FOUR_HOURS }] }), changed: () => draw() });
const holidays = holidaysPart({ get: () => definition.holidays ?? {}, set: (found) => change({ holidays: found }), country: branch?.country ?? pageData.branches[0]?.country ?? "DE", redraw: () => draw(), canKeep: () => Boolean(published), keep: (address) => sources.add("country", address) });

const sources = sourcesPart({ calendar: () => published, renewed, redraw: () => draw() });
const versions = versionsPart({ calendar: () => published, take: (found) => { definition = structuredClone(found); change({}); }, redraw: () => draw() });

/** The calendar as published now, perhaps by a source of holidays: what is being written here stays, and is published on top of it. */
function renewed(found) {
  const before = published;
  published = found;
  if (found.version === before.version) return draw();
  if (state() === saved) {
    definition = structuredClone(found.definition);
    saved = state();
    toast(t("Version %(version)s is in force. Open tickets are computed anew.", { version: found.version }));
  } else {
    definition = { ...definition, holidays: added(before.definition.holidays ?? {}, found.definition.holidays ?? {}, definition.holidays ?? {}) };
    toast(t("Version %(version)s was published meanwhile. Its holidays were added to what you are writing.", { version: found.version }));
  }
  draw();
  return example.renew();
}

/** Our days with what came and what went between two versions. */
const added = (before, after, ours) => Object.fromEntries([...Object.entries(ours).filter(([date]) => date in after || !(date in before)), ...Object.entries(after).filter(([date]) => !(date in before))]);

async function save(event) {
  event.preventDefault();
  if (busy) return;
  busy = true;
  draw();
  try {
    if (published) await publish();
    else published = await api.post("/api/v1/calendars", { name, branch_id: branchId, definition: cleaned(definition) }, { key });
    problem = "";
    saved = state();
    history.replaceState(null, "", `/settings/calendars/${published.id}`);
    toast(t("Version %(version)s is in force. Open tickets are computed anew.", { version: published.version }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem = Object.values(error.errors).flat().join(" ") || error.title;
  } finally {
    key = newKey();
    busy = false;
    draw();
    if (problem) place.querySelector("[role=alert]")?.focus();
  }
}

/** What changed, each by its own request: name and branch, then the hours as a new version. */
async function publish() {
  const path = `/api/v1/calendars/${published.id}`;
  if (name !== published.name || branchId !== published.branch_id) published = { ...published, ...(await api.patch(path, { name, branch_id: branchId })) };
  const wanted = cleaned(definition);
  const { version: _was, ...before } = published.definition;
  const { version: _is, ...after } = wanted;
  if (JSON.stringify(cleaned(before)) === JSON.stringify(after)) return;
  const answer = await api.post(`${path}/versions`, { definition: wanted, version: published.version }, { key });
  published = { ...published, ...answer };
  definition = structuredClone(answer.definition);
}

const weekday = (key, index) =>
  windowsEditor({ day: DAYS[index], short: SHORT_DAYS[index], windows: definition.hours[key] ?? [], empty: t("closed"), changed: (windows) => change({ hours: { ...definition.hours, [key]: windows } }) });

function fillWorkdays() {
  const pattern = definition.hours.mon ?? [];
  change({ hours: { ...definition.hours, ...Object.fromEntries(WEEKDAYS.slice(1, 5).map((key) => [key, structuredClone(pattern)])) } });
}

const alwaysOpen = () => change({ hours: Object.fromEntries(WEEKDAYS.map((key) => [key, [["00:00", "24:00"]]])) });

function exception([date, windows]) {
  const { [date]: _gone, ...others } = definition.exceptions;
  return html`<li class="exception">${windowsEditor({ day: formatDate(`${date}T12:00:00Z`, { zone: "UTC", year: true }), windows, empty: t("closed"), changed: (found) => change({ exceptions: { ...others, [date]: found } }) })}
    <button type="button" class="btn btn-sm btn-quiet" @click=${() => change({ exceptions: others })}>${t("As any other day")}</button></li>`;
}

const exceptions = () => html`<section class="part">
  <div class="part-head wrap"><h2 class="grow">${t("Single days")}</h2><span class="small soft">${t("these hours count instead, also on a holiday")}</span></div>
  ${Object.keys(definition.exceptions ?? {}).length ? html`<ul class="lines">${Object.entries(definition.exceptions).sort(([a], [b]) => a.localeCompare(b)).map(exception)}</ul>` : nothing}
  <div class="part-body setting-line">
    <input class="form-control" type="date" aria-label=${t("Day")} .value=${day} @change=${(event) => (day = event.target.value)} />
    <button type="button" class="btn" @click=${() => { if (!day) return; const date = day; day = ""; change({ exceptions: { ...definition.exceptions, [date]: [["08:00", "12:00"]] } }); }}>${icon("plus")}${t("Add a day")}</button>
  </div>
</section>`;

function draw() {
  const changed = state() !== saved;
  const taken = new Set(pageData.calendars.filter((one) => one.id !== published?.id).map((one) => one.branch_id));
  render(
    html`<form class="stack loose" @submit=${save}>
      ${problem ? html`<div class="note note-strong" role="alert" tabindex="-1">${icon("alert-circle")}<div>${problem}</div></div>` : nothing}
      <div class="fields">
        <div class="field"><label class="form-label" for="calendar-name">${t("Name")}</label><input class="form-control" id="calendar-name" required .value=${name} @input=${(event) => { name = event.target.value; draw(); }} /></div>
        ${select({ name: "branch", label: t("Hours of"), value: branchId ?? "", options: named(pageData.branches.filter((one) => !taken.has(one.id))), none: t("no branch: for policies that name it"), change: (event) => { branchId = Number(event.target.value) || null; draw(); } })}
        ${select({ name: "zone", label: t("Time zone"), value: definition.timezone, options: zones(pageData.zones), change: (event) => change({ timezone: event.target.value }) })}
      </div>
      <section class="part">
        <div class="part-head wrap"><h2 class="grow">${t("Week")}</h2>
          <button type="button" class="btn btn-sm btn-quiet" @click=${fillWorkdays}>${icon("copy")}${t("Monday for all workdays")}</button>
          <button type="button" class="btn btn-sm btn-quiet" @click=${alwaysOpen}>${t("Around the clock")}</button></div>
        <div class="week">${WEEKDAYS.map(weekday)}</div>
      </section>
      ${holidays.draw()}
      ${sources.draw()}
      ${exceptions()}
      ${example.draw()}
      ${versions.draw()}
      <div class="form-actions">
        <button class="btn btn-primary" aria-busy=${String(busy)} ?disabled=${!changed}>${published ? t("Publish version %(version)s", { version: published.version + 1 }) : t("Publish")}</button>
        <a class="btn" href="/settings/calendars">${t("Back to the list")}</a>
        ${changed ? html`<span class="small soft">${t("Not published yet")}</span>` : nothing}
      </div>
    </form>`,
    place,
  );
}

addEventListener("beforeunload", (event) => saved !== state() && (published || name) && event.preventDefault());
place.replaceChildren();
draw();
example.renew();
