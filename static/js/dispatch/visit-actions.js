// What an agent or dispatcher does with a booked visit: move it, call it off.
import { ApiError, api } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { formDialog } from "../staff/form-dialog.js";
import { area } from "../staff/fields.js";
import { bookingPanel } from "./booking.js";

/** Other times that work; `done(visit)` when it was moved. */
export function moveDialog(visit, done = () => {}) {
  return openDialog({
    title: t("Move visit %(number)s", { number: visit.number }),
    side: true,
    content: (close) =>
      bookingPanel({
        ticket: visit.ticket.number,
        visit: visit.number,
        jobType: visit.job_type.id,
        done: (moved) => {
          close(moved);
          done(moved);
        },
      }),
  });
}

/** Say what planning leaves as it is; `field` shows what stands again when it was refused. */
export async function setLock(visit, field) {
  try {
    await api.put(`/api/v1/visits/${visit.number}/lock`, { lock: field.value });
    toast(t("Saved"));
  } catch (error) {
    field.value = visit.lock;
    toastError(error);
  }
}

/** What is only held for a caller is free for others. */
export async function letGo(visit) {
  try {
    await api.delete(`/api/v1/visits/${visit.number}/hold`);
    toast(t("The time is free again."));
  } catch (error) {
    toastError(error);
  }
}

/** Call it off, saying why; from the toast it can be booked again as it was. */
export function callOff(visit, done = () => {}) {
  return formDialog({
    title: t("Call off visit %(number)s", { number: visit.number }),
    size: "small",
    content: area({ name: "reason", label: t("Why?"), hint: t("The technician and the parts are free again; the ticket is open again.") }),
    path: `/api/v1/visits/${visit.number}/cancellation`,
    body: (values) => ({ ...values, version: visit.version }),
    save: t("Call off"),
    done: (answer) => {
      toast(t("Visit %(number)s is called off.", { number: visit.number }), { undo: () => again(visit) });
      done(answer);
    },
  });
}

async function again(visit) {
  const { person_id, helpers, planned_start: start, planned_end: end, promised_from, promised_until } = visit;
  try {
    const booked = await api.post("/api/v1/visits", { ticket: visit.ticket.number, job_type_id: visit.job_type.id, person_id, helper_ids: (helpers ?? []).map((one) => one.person_id), start, end, promised_from, promised_until });
    toast(t("Booked again as visit %(number)s.", { number: booked.number }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}
