// What happened to a visit, on the ticket's timeline: in the reader's words and zone, from the codes of the entry's data. Pure.
import { formatMoment, formatTime, t } from "../core/i18n.js";
import { REPORTS } from "./reports.js";
import { STATUS_ICONS, insteadWord, lockWord, span, statusWord } from "./words.js";

const SIGNS = { ...STATUS_ICONS, moved: "calendar-repeat", promised: "clock-exclamation", told: "phone", locked: "lock", parts: "package-import", contradiction: "alert-circle" };
const nameOf = (data) => data.technician ?? t("nobody");
const crewOf = (data) => [nameOf(data), ...(data.helpers ?? [])].join(", ");
const visitOf = (data) => t("Visit %(number)s", { number: data.visit });
const besides = (line) => [...(line.serials ?? []), ...(line.instead_of ? [insteadWord(line)] : [])].join(", ");
const partsOf = (lines) => (lines ?? []).map((line) => `${line.quantity} × ${line.name}${besides(line) ? ` (${besides(line)})` : ""}`).join(", ");

const TITLES = {
  booked: (data) => t("Visit %(number)s booked", { number: data.visit }),
  moved: (data) => t("Visit %(number)s moved", { number: data.visit }),
  promised: (data) => t("Visit %(number)s is late: another window promised", { number: data.visit }),
  told: (data) =>
    data.kind === "away"
      ? t("Visit %(number)s, somebody is away: told by telephone", { number: data.visit })
      : t("Visit %(number)s is late: told by telephone", { number: data.visit }),
  locked: (data) => t("Visit %(number)s: planning", { number: data.visit }),
  cancelled: (data) => t("Visit %(number)s called off", { number: data.visit }),
  on_the_way: (data) => t("%(name)s is on the way", { name: nameOf(data) }),
  on_site: (data) => t("%(name)s has arrived", { name: nameOf(data) }),
  done: (data) => t("Visit %(number)s done", { number: data.visit }),
  needs_part: (data) => t("Visit %(number)s needs a part", { number: data.visit }),
  no_access: (data) => t("Visit %(number)s: no access", { number: data.visit }),
  parts: (data) => t("%(name)s fetched parts", { name: nameOf(data) }),
  contradiction: (data) => t("Visit %(number)s: two reports differ", { number: data.visit }),
};
const LINES = {
  booked: planned,
  moved: (data) => [...planned(data), ...before(data)],
  promised: (data) => [{ text: t("Promised %(window)s", { window: span(data.promised_from, data.promised_until) }) }],
  locked: (data) => [{ text: lockWord(data.lock) }],
  done: ended,
  needs_part: ended,
  no_access: ended,
  parts: (data) => [{ text: partsOf(data.parts) }],
  contradiction: (data) => [
    {
      text: t("%(name)s reported “%(report)s”, but it is: %(status)s", {
        name: data.reported_by ?? nameOf(data),
        report: REPORTS[data.reported]?.() ?? data.reported,
        status: statusWord(data.status),
      }),
    },
  ],
};
const UNNUMBERED = new Set(["on_the_way", "on_site", "parts"]); // whose title does not name the visit

function planned(data) {
  return [
    { text: `${formatMoment(data.start)}–${formatTime(data.end)} · ${crewOf(data)} · ${data.job_type}` },
    { text: t("Promised %(window)s", { window: span(data.promised_from, data.promised_until) }), soft: true },
  ];
}

/** Where it was, as far as that differs. */
function before(data) {
  const start = data.start_before && Date.parse(data.start_before) !== Date.parse(data.start) ? formatMoment(data.start_before) : "";
  const technician = data.technician_before && data.technician_before !== crewOf(data) ? data.technician_before : "";
  const what = [start, technician].filter(Boolean).join(" · ");
  return what ? [{ text: t("Before: %(what)s", { what }), soft: true }] : [];
}

function ended(data) {
  const checklist = data.checklist ?? [];
  const open = checklist.filter((line) => !line.done).map((line) => line.text);
  const lines = [];
  if (data.needs?.length) lines.push({ text: t("Needs: %(parts)s", { parts: partsOf(data.needs) }) });
  if (data.used?.length) lines.push({ text: t("Used: %(parts)s", { parts: partsOf(data.used) }) });
  const old = data.cores ?? [];
  const taken = old.filter((line) => line.quantity);
  const left = old.filter((line) => line.left).map((line) => ({ ...line, quantity: line.left }));
  if (taken.length) lines.push({ text: t("Old parts taken along: %(parts)s", { parts: partsOf(taken) }), soft: true });
  if (left.length) lines.push({ text: t("Old parts left there: %(parts)s", { parts: left.map((line) => `${partsOf([line])}${line.why ? ` – ${line.why}` : ""}`).join(", ") }) });
  if (checklist.length) lines.push({ text: t("Checklist: %(done)s of %(all)s", { done: checklist.length - open.length, all: checklist.length }), soft: true });
  if (open.length && open.length < checklist.length) lines.push({ text: t("Not ticked: %(lines)s", { lines: open.join(", ") }), soft: true });
  return lines;
}

/** See `registerEntry` of tickets/panels.js; null for an entry that says nothing in codes (imported). */
export function visitEntry(entry) {
  const data = entry.data ?? {};
  if (!TITLES[data.event]) return null;
  const author = entry.author && entry.author !== data.technician ? entry.author : "";
  return {
    sign: SIGNS[data.event] ?? "truck",
    title: TITLES[data.event](data),
    beside: [UNNUMBERED.has(data.event) ? visitOf(data) : "", author].filter(Boolean).join(" · "),
    lines: LINES[data.event]?.(data) ?? [],
    words: data.words ?? "",
  };
}
