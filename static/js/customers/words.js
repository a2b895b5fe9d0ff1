// Words of customers that several pages show.
import { formatDate, t } from "../core/i18n.js";

export const KINDS = { person: t("Person"), organisation: t("Organisation") };

/** A day ("2026-03-10") as people read it; days have no zone. */
export const formatDay = (day) => (day ? formatDate(`${day}T12:00:00Z`, { zone: "UTC", year: true, weekday: false }) : "");

/** {text, kind} of a chip for a thing's warranty. */
export function warrantyChip({ warranty, warranty_until: until }) {
  const day = formatDay(until);
  if (warranty === "covered") return { text: t("Warranty until %(day)s", { day }), kind: "brand" };
  if (warranty === "ending") return { text: t("Warranty ends %(day)s", { day }), kind: "strong" };
  if (warranty === "over") return { text: t("Warranty ended %(day)s", { day }), kind: "" };
  return { text: t("Warranty unknown"), kind: "" };
}
