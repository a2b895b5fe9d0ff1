// On-call rotas: who is called when a ladder says so.
import { pageData } from "../../core/api.js";
import { html, nothing } from "../../core/html.js";
import { formatDate, formatList, formatMoment, t, tn } from "../../core/i18n.js";
import { check, field, named, select, zones } from "../../staff/fields.js";
import { simpleList } from "../../staff/simple-list.js";

const PLACES = 12;
const nameOf = new Map(pageData.people.map((person) => [person.id, person.name]));
const known = (id) => nameOf.get(id) ?? t("somebody who left");
const today = new Date().toISOString().slice(0, 10);

function people(row) {
  const chosen = row?.people ?? [];
  const shown = Math.min(PLACES, Math.max(4, chosen.length + 2));
  return html`<fieldset class="stack tight"><legend class="form-label">${t("In the order of their turns")}</legend><div class="fields">
    ${Array.from({ length: shown }, (_none, at) => select({ name: `turns.p${at}`, label: t("Turn %(number)s", { number: at + 1 }), value: chosen[at] ?? "", options: named(pageData.people), none: t("nobody"), number: true }))}</div></fieldset>`;
}

function standIns(row) {
  const kept = (row?.swaps ?? []).map((swap, at) =>
    check({ name: `kept.s${at}`, label: t("%(name)s from %(from)s until %(until)s", { name: known(swap.person_id), from: formatMoment(swap.from), until: formatMoment(swap.until) }), value: true }),
  );
  return html`<fieldset class="stack tight"><legend class="form-label">${t("Stand-ins")}</legend>${kept}
    <div class="fields">
      ${select({ name: "swap.person_id", label: t("Another stand-in"), value: "", options: named(pageData.people), none: t("none"), number: true })}
      ${field({ name: "swap.from", label: t("From"), type: "datetime-local" })}
      ${field({ name: "swap.until", label: t("Until"), type: "datetime-local" })}
    </div></fieldset>`;
}

/** The stand-ins kept and the one added. Times are typed in the browser's zone. */
function swapsOf(row, { kept = {}, swap = {} }) {
  const before = (row?.swaps ?? []).filter((_swap, at) => kept[`s${at}`]);
  if (!swap.person_id || !swap.from || !swap.until) return before;
  return [...before, { person_id: Number(swap.person_id), from: new Date(swap.from).toISOString(), until: new Date(swap.until).toISOString() }];
}

let edited = null;

simpleList(document.getElementById("on-call"), {
  id: "on-call",
  label: t("On-call rotas"),
  path: "/api/v1/on-call-rotas",
  newTitle: t("New on-call rota"),
  editTitle: (row) => row.name,
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => row.name },
    { key: "now", label: t("On call now"), cell: (row) => (row.now ? html`<span class="strong">${row.now.name}</span>` : html`<span class="soft">${t("nobody")}</span>`) },
    { key: "people", label: t("Turns"), cell: (row) => formatList(row.people.map(known)) },
    { key: "turn", label: t("Change"), cell: (row) => html`${tn("every day", "every %(count)s days", row.turn_days)}, ${row.handover} <span class="soft">${row.time_zone.replaceAll("_", " ")}</span>` },
    { key: "since", label: t("Since"), cell: (row) => formatDate(`${row.starts_on}T12:00:00Z`, { zone: "UTC", year: true }) },
    { key: "swaps", label: t("Stand-ins"), number: true, cell: (row) => row.swaps.length || nothing },
  ],
  fields: (row) => {
    edited = row ?? null;
    return html`
      ${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
      <div class="fields">
        ${field({ name: "starts_on", label: t("First day"), type: "date", value: row?.starts_on ?? today })}
        ${field({ name: "turn_days", label: t("Days of a turn"), type: "number", min: 1, max: 366, value: row?.turn_days ?? 7 })}
        ${field({ name: "handover", label: t("Handed over at"), value: row?.handover ?? "08:00" })}
        ${select({ name: "time_zone", label: t("Time zone"), value: row?.time_zone ?? pageData.branches[0]?.time_zone ?? "UTC", options: zones(pageData.zones) })}
      </div>
      ${people(row)}${row ? standIns(row) : nothing}`;
  },
  body: ({ turns = {}, kept, swap, ...values }) => ({
    ...values,
    turn_days: Number(values.turn_days) || 0,
    people: Object.values(turns).filter((id) => id !== null && id !== "").map(Number),
    ...(edited ? { swaps: swapsOf(edited, { kept, swap }) } : {}),
  }),
  removed: (row) => t("%(name)s is removed. Ladders that name it tell nobody now.", { name: row.name }),
  empty: { icon: "phone-calling", title: t("Nobody is on call yet"), text: t("A rota says whose turn it is. Ladders of service levels can tell that person.") },
});
