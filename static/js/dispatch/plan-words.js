// Words of plans, and the form that asks for one.
import { html } from "../core/html.js";
import { formatDate, t, tn } from "../core/i18n.js";
import { field, named, select } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";

const STATUS = {
  queued: t("Waiting for a worker"),
  running: t("Looking for better days"),
  ready: t("To be decided"),
  accepting: t("Being accepted"),
  partly: t("Accepted in part"),
  accepted: t("Accepted"),
  refused: t("Refused"),
  cancelled: t("Cancelled"),
  failed: t("Failed"),
  superseded: t("Replaced by a newer one"),
};
export const statusWord = (status) => STATUS[status] ?? status;
export const statusKind = (status) => (["ready", "accepting", "partly"].includes(status) ? "brand" : "");

const day = (text) => formatDate(`${text}T12:00:00Z`, { zone: "UTC" });
/** "Repair of Wed 11 Mar", "Plan of Wed 11 Mar – Fri 13 Mar". */
export const planTitle = (plan) => {
  if (plan.kind === "repair") return t("Repair of %(day)s", { day: day(plan.first_day) });
  if (plan.first_day === plan.last_day) return t("Plan of %(day)s", { day: day(plan.first_day) });
  return t("Plan of %(first)s – %(last)s", { first: day(plan.first_day), last: day(plan.last_day) });
};

/** Ask for a plan of a branch's days, or for the repair of today; goes to the proposal. */
export function askPlan({ branches, kind = "day", first }) {
  const repair = kind === "repair";
  const today = branches[0]?.today;
  formDialog({
    title: repair ? t("Repair today") : t("Plan the day"),
    size: "small",
    content: html`${select({ name: "branch_id", label: t("Branch"), options: named(branches), value: branches[0]?.id ?? "", number: true })}
      ${repair
        ? html`<p class="small soft">${t("Who is late, ill or held up: a way out with the fewest changes. What was promised to customers is kept where it can be; urgent tickets are put in.")}</p>`
        : html`${field({ name: "first_day", label: t("First day"), type: "date", value: first && first >= today ? first : today, min: today })}
          ${select({ name: "days", label: t("Days"), options: [1, 2, 3, 4, 5, 6, 7].map((count) => ({ value: count, label: tn("%(count)s day", "%(count)s days", count) })), value: 1, number: true })}`}
      ${field({ name: "seconds", label: t("Seconds to look for"), type: "number", value: repair ? 5 : 10, min: 0, step: 1, mode: "numeric", hint: t("0 to 60. More seconds find better days; nothing changes before you accept it.") })}`,
    path: "/api/v1/plans",
    body: (values) => ({ ...values, kind, seconds: Number(values.seconds) }),
    save: repair ? t("Find a way out") : t("Plan"),
    done: (plan) => location.assign(`/plans/${plan.id}`),
  });
}
