// Visits and stock in the reader's words.
import { formatDate, formatMoney, formatTime, language, t } from "../core/i18n.js";
import { serverNow } from "../core/live/clock.js";

const STATUS = {
  proposed: () => t("proposed"),
  booked: () => t("booked"),
  on_the_way: () => t("on the way"),
  on_site: () => t("on site"),
  done: () => t("done"),
  needs_part: () => t("needs a part"),
  no_access: () => t("no access"),
  cancelled: () => t("called off"),
  lapsed: () => t("not taken"),
};
const LOCK = {
  none: () => t("May be moved by planning"),
  technician: () => t("Stays with this technician"),
  time: () => t("Stays as it is"),
};
const LINE = {
  on_van: () => t("on the van"),
  staged: () => t("set aside"),
  warehouse: () => t("in the warehouse"),
  other_van: () => t("on another van"),
  on_order: () => t("on order"),
  short: () => t("short"),
};
const PLACE = {
  warehouse: () => t("Warehouse"),
  van: () => t("Van"),
  staging: () => t("Set aside"),
  returns: () => t("To be returned"),
  cores: () => t("Old parts"),
  supplier: () => t("Supplier"),
  customer: () => t("Customer"),
  transit: () => t("In transit"),
  scrap: () => t("Scrap"),
  adjustment: () => t("Stock-taking difference"),
};

const ORDER = {
  draft: () => t("draft"),
  sent: () => t("sent"),
  partly: () => t("partly received"),
  received: () => t("received"),
  cancelled: () => t("cancelled"),
};

const COVERAGE = { warranty: () => t("warranty"), contract: () => t("contract"), goodwill: () => t("goodwill"), charged: () => t("charged") };

export const STATUS_ICONS = {
  proposed: "circle-dot",
  booked: "calendar-event",
  on_the_way: "truck",
  on_site: "tool",
  done: "circle-check",
  needs_part: "package-off",
  no_access: "lock",
  cancelled: "circle-x",
  lapsed: "circle-x",
};
export const LOCKS = Object.keys(LOCK);
export const COVERAGES = Object.keys(COVERAGE);
export const PLACE_KINDS = Object.keys(PLACE);
export const statusWord = (status) => STATUS[status]?.() ?? status;
export const coverageWord = (coverage) => COVERAGE[coverage]?.() ?? coverage;
export const lockWord = (lock) => LOCK[lock]?.() ?? lock;
/** "instead of Pump": `line.instead_of` is the name of the part that it replaces. */
export const insteadWord = (line) => t("instead of %(part)s", { part: line.instead_of_names?.[language] || line.instead_of });

/** What a part is called in the reader's language; of a row that many read it has `names`, else its `name` is that already. */
export const partName = (part) => part.names?.[language] || part.name;

export const lineWord = (state) => LINE[state]?.() ?? state;
export const orderStateWord = (state) => ORDER[state]?.() ?? state;
export const placeWord = (kind) => PLACE[kind]?.() ?? kind;

/** "Covered by contract (Full service)", "To be charged: €120.00". */
export function chargeWords(found) {
  const amounts = found.due.map((one) => formatMoney(one.amount, one.currency)).join(" + ");
  if (found.coverage === "charged") return amounts ? t("To be charged: %(amount)s", { amount: amounts }) : t("To be charged");
  return t("Covered by %(what)s", { what: [coverageWord(found.coverage), found.covered_by && `(${found.covered_by})`].filter(Boolean).join(" ") });
}

/** The names of everybody who comes, "Li Wei, Ana". */
export const crewWord = (visit) => [visit.technician, ...(visit.helpers ?? []).map((one) => one.name)].filter(Boolean).join(", ") || t("nobody");

/** "10:00–11:30" in a zone. */
export const span = (start, end, zone) => `${formatTime(start, { zone })}–${formatTime(end, { zone })}`;

/** A day without a time, "2026-03-12", as people write it. */
export const plainDate = (day) => (day ? formatDate(`${day}T12:00:00Z`, { zone: "UTC" }) : "");

/** 16:40 as a time field takes it, on the wall of a zone. */
export const clockAt = (value, timeZone) => new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(value));

/** The next instant at which the wall of a zone shows a time. */
export function instantAt(text, timeZone, now = serverNow()) {
  const minutes = (value) => value.split(":").reduce((hours, rest) => 60 * Number(hours) + Number(rest));
  const full = Math.floor(now / 60_000) * 60_000;
  const ahead = (minutes(text) - minutes(clockAt(full, timeZone)) + 1440) % 1440;
  return new Date(full + ahead * 60_000).toISOString();
}
