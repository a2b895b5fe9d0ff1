// Tickets in the reader's words: statuses, priorities, kinds, channels; and their clocks as clock chips take them.
import { formatMoment, t } from "../core/i18n.js";
import { stepsOf } from "./explanation.js";
import { pauseWord } from "./pauses.js";

const STATUS = {
  new: () => t("new"),
  open: () => t("open"),
  waiting: () => t("waiting"),
  scheduled: () => t("scheduled"),
  resolved: () => t("resolved"),
  closed: () => t("closed"),
};
const WAIT = {
  customer: () => t("waiting for the customer"),
  part: () => t("waiting for a part"),
  access: () => t("waiting for access"),
  approval: () => t("waiting for approval"),
  third_party: () => t("waiting for a third party"),
};
const PRIORITY = { urgent: () => t("Urgent"), high: () => t("High"), normal: () => t("Normal"), low: () => t("Low") };
const KIND = {
  fault: () => t("Fault"),
  installation: () => t("Installation"),
  maintenance: () => t("Maintenance"),
  complaint: () => t("Complaint"),
  suggestion: () => t("Suggestion"),
  question: () => t("Question"),
};
const CHANNEL = {
  phone: () => t("Phone"),
  email: () => t("Email"),
  web: () => t("Web"),
  chat: () => t("Chat"),
  sms: () => t("SMS"),
  api: () => t("API"),
  internal: () => t("Internal"),
};
const CLOCK = {
  first_response: () => t("first answer"),
  next_response: () => t("next answer"),
  on_site: () => t("on site"),
  resolution: () => t("resolution"),
};

export const CHANNEL_ICONS = { phone: "phone", email: "mail", web: "world", chat: "message", sms: "message-2", api: "api", internal: "home" };
export const WAIT_REASONS = Object.keys(WAIT);
export const PRIORITIES = Object.keys(PRIORITY);
export const KINDS = Object.keys(KIND);
export const STATUSES = Object.keys(STATUS);

export const statusWord = (row) => (row.status === "waiting" ? WAIT[row.wait_reason]?.() : STATUS[row.status]?.()) ?? row.status;
export const waitWord = (reason) => WAIT[reason]?.() ?? reason;
export const priorityWord = (priority) => PRIORITY[priority]?.() ?? priority;
export const kindWord = (kind) => KIND[kind]?.() ?? kind;
export const channelWord = (channel) => CHANNEL[channel]?.() ?? channel;
export const clockWord = (kind) => CLOCK[kind]?.() ?? kind;

/** A clock as the server tells it → as <clock-chip> takes it. Between start, warning and due the bar is exact; closed hours do not move it past them. */
export function chipOf(clock) {
  const state = { missed: "breached", cancelled: "met" }[clock.state] ?? clock.state;
  return {
    label: clock.level ? t("%(clock)s · level %(level)s", { clock: clockWord(clock.kind), level: clock.level }) : clockWord(clock.kind),
    state,
    due_at: clock.due_at,
    as_of: clock.started_at,
    ended_at: clock.stopped_at,
    warn_at: clock.warn_at,
    budget: clock.target_seconds,
    used: state === "paused" ? clock.target_seconds - (clock.remaining_seconds ?? 0) : (clock.used_seconds ?? 0),
    reason: pauseWord(clock.pause_reason),
    steps: stepsOf,
    explain: `/api/v1/clocks/${clock.id}/explanation`,
  };
}

/** "will be late: visit 16:40 > due 16:00" when what a running clock waits for is expected after it is due; "" otherwise. */
export const lateWord = (clock) =>
  clock.state === "running" && clock.due_at && clock.expected_at && Date.parse(clock.expected_at) > Date.parse(clock.due_at)
    ? (clock.kind === "on_site" ? t("will be late: visit %(visit)s > due %(due)s", { visit: formatMoment(clock.expected_at), due: formatMoment(clock.due_at) }) : t("will be late: done %(done)s > due %(due)s", { done: formatMoment(clock.expected_at), due: formatMoment(clock.due_at) }))
    : "";

/** The clock that matters most now: the running one due first, else a paused one. */
export function firstClock(row) {
  const running = (row.clocks ?? []).filter((clock) => clock.state === "running" && clock.due_at);
  running.sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
  return running[0] ?? (row.clocks ?? []).find((clock) => clock.state === "paused") ?? null;
}

/** Milliseconds until the ticket's earliest due time; Infinity when nothing runs. */
export const leftOf = (row, now) => (row.due_at ? Date.parse(row.due_at) - now : Infinity);
