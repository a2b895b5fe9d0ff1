// Agents and calls in the reader's words: states, reasons, outcomes, whom one talks to.
import { language, t } from "../core/i18n.js";

const PRESENCE = {
  ready: () => t("Ready"),
  on_call: () => t("On a call"),
  wrap_up: () => t("Wrap-up"),
  break: () => t("Break"),
  offline: () => t("Offline"),
};
const REASONS = {
  break: () => t("short break"),
  lunch: () => t("lunch"),
  meeting: () => t("meeting"),
  training: () => t("training"),
  other: () => t("other"),
  declined: () => t("call declined"),
  missed_call: () => t("call missed"),
  no_audio: () => t("no sound"),
  connection_lost: () => t("connection lost"),
  away: () => t("away (connection lost)"),
};
const DISPOSITIONS = {
  solved: () => t("Solved"),
  visit_needed: () => t("Visit needed"),
  follow_up: () => t("Follow up"),
  wrong_number: () => t("Wrong number"),
  no_answer: () => t("No answer"),
  other: () => t("Other"),
};
const OUTCOMES = {
  answered: () => t("answered"),
  abandoned: () => t("hung up while waiting"),
  voicemail: () => t("voicemail"),
  callback: () => t("callback"),
  overflow: () => t("sent on"),
};
const TIERS = { standard: () => t("Standard"), silver: () => t("Silver"), gold: () => t("Gold") };
const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };
// A dot has a shape for each state, so that it needs no colour (call.css).
const DOTS = { ready: "ready", on_call: "call", wrap_up: "wrap-up", break: "break", offline: "offline" };
// Set by the machine, not chosen: the agent should know why calls stopped.
const BY_MACHINE = new Set(["declined", "missed_call", "no_audio", "connection_lost", "away"]);

export const BREAK_REASONS = ["break", "lunch", "meeting", "training", "other"];
export const DISPOSITION_ICONS = { solved: "circle-check", visit_needed: "truck", follow_up: "phone-outgoing", wrong_number: "phone-x", no_answer: "phone-off", other: "dots" };

export const reasonWord = (reason) => REASONS[reason]?.() ?? reason ?? "";
export const dispositionWord = (disposition) => DISPOSITIONS[disposition]?.() ?? disposition;
export const outcomeWord = (call) => OUTCOMES[call.outcome]?.() ?? (call.ended_at ? t("ended") : t("running"));
export const tierWord = (tier) => TIERS[tier]?.() ?? tier;
export const languageName = (code) => LANGUAGES[code] ?? code;
export const dotOf = (state) => DOTS[state] ?? "offline";
export const stoppedByMachine = (presence) => presence?.state === "break" && BY_MACHINE.has(presence.reason);

/** "Break · lunch". */
export function presenceWord(presence) {
  const word = PRESENCE[presence?.state]?.() ?? PRESENCE.offline();
  return presence?.state === "break" && presence.reason && presence.reason !== "break" ? `${word} · ${reasonWord(presence.reason)}` : word;
}

/** Who calls: the customer's name, else the number, else that it is withheld. */
export const callerName = (call) => call.customer?.name ?? call.from_shown ?? t("Withheld number");

/** What the caller pressed, in the menu's own words: "1 · repairs". */
export function menuWord(call) {
  if (!call.menu_choice) return "";
  const label = call.menu_label?.[language] ?? call.menu_label?.en ?? "";
  return label ? `${call.menu_choice} · ${label}` : call.menu_choice;
}
