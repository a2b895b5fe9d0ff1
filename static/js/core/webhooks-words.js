// The words of webhooks.
import { t } from "./i18n.js";

export const BECAUSE = {
  by_hand: t("Paused"),
  gone: t("Paused: it said that it is gone for good (410)"),
  failing: t("Paused: it took nothing for a day"),
};

export const STATES = { waiting: t("Waiting"), delivered: t("Delivered"), failed: t("Failed") };

const PROBLEMS = {
  refused_address: t("Address not allowed"),
  unknown_host: t("Unknown host"),
  timeout: t("No answer in time"),
  unreachable: t("Not reachable"),
  encryption: t("Certificate or encryption refused"),
  no_http: t("Not an HTTP answer"),
  not_rendered: t("Could not be put together here"),
};

/** What an attempt came to: "204", "500", "No answer in time". */
export const outcome = (attempt) => (attempt.status === null ? (PROBLEMS[attempt.problem] ?? attempt.problem) : String(attempt.status));
