// Words of staff that several pages show.
import { t } from "../core/i18n.js";

export const KINDS = { agent: t("Takes calls"), technician: t("Drives out"), both: t("Both") };
export const STATES = { offline: t("Offline"), ready: t("Ready"), on_call: t("On a call"), wrap_up: t("Wrap-up"), break: t("Break") };
export const SKILL_KINDS = { trade: t("Trade"), product: t("Product"), language: t("Language") };
export const DAYS = [t("Monday"), t("Tuesday"), t("Wednesday"), t("Thursday"), t("Friday"), t("Saturday"), t("Sunday")];
export const SHORT_DAYS = [t("Mon"), t("Tue"), t("Wed"), t("Thu"), t("Fri"), t("Sat"), t("Sun")];

/** "08:00–16:00", with a mark when it ends on the next day. */
export const windowText = ({ starts, ends }) => (starts === "00:00" && ends === starts ? "00:00–24:00" : ends <= starts ? `${starts}–${ends} +1` : `${starts}–${ends}`);
