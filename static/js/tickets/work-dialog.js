// Minutes written down, or corrected.
import { api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDuration, t } from "../core/i18n.js";
import { formDialog } from "../staff/form-dialog.js";
import { toast, toastError } from "../core/toast.js";
import { activityWord } from "./work-words.js";

export const ACTIVITIES = ["work", "call", "mail", "remote", "research", "coordination", "administration", "training", "other"];

async function remove(entry, close, done) {
  close();
  try {
    await api.delete(`/api/v1/work-entries/${entry.id}`);
    const { person_id, day, minutes, activity, note, number } = entry;
    const back = () => api.post("/api/v1/work-entries", { person_id, day, minutes, activity, note, ticket: number }).then(done, toastError);
    toast(t("Removed"), { undo: back });
    done();
  } catch (error) {
    toastError(error);
  }
}

/** `entry`: correct this one; else a new one, on ticket `number`, on `day`, for `person`. */
export function logWork({ entry = null, number = null, day = null, person = null, done = () => {} }) {
  const chosen = entry?.activity ?? (number ? "work" : "administration");
  formDialog({
    title: entry ? t("Correct the time") : t("Write down time"),
    method: entry ? "patch" : "post",
    path: entry ? `/api/v1/work-entries/${entry.id}` : "/api/v1/work-entries",
    body: ({ ticket, ...values }) => ({
      ...values,
      ticket: ticket ?? null,
      ...(entry ? { version: entry.version } : { ...(day ? { day } : {}), ...(person ? { person_id: person } : {}) }),
    }),
    content: html`<div class="fields">
        <div class="field"><label class="form-label" for="work-minutes">${t("Minutes")}</label><input class="form-control" id="work-minutes" type="number" name="minutes" min="1" max="1440" inputmode="numeric" autofocus .value=${entry ? String(entry.minutes) : ""}></div>
        <div class="field"><label class="form-label" for="work-activity">${t("Activity")}</label><select class="form-select" id="work-activity" name="activity">${ACTIVITIES.map((key) => html`<option value=${key} ?selected=${key === chosen}>${activityWord(key)}</option>`)}</select></div>
        <div class="field"><label class="form-label" for="work-ticket">${t("Ticket number")}</label><input class="form-control" id="work-ticket" type="number" name="ticket" min="1" inputmode="numeric" .value=${String(entry?.number ?? number ?? "")}></div>
        ${entry ? html`<div class="field"><label class="form-label" for="work-day">${t("Day")}</label><input class="form-control" id="work-day" type="date" name="day" .value=${entry.day}></div>` : nothing}
      </div>
      <div class="field"><label class="form-label" for="work-note">${t("Note")}</label><textarea class="form-control" id="work-note" name="note" rows="2" maxlength="1000" .value=${entry?.note ?? ""}></textarea></div>`,
    beside: entry ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(entry, close, done)}>${icon("trash")}${t("Remove")}</button>` : nothing,
    done: (answer) => {
      toast(t("%(time)s written down", { time: formatDuration(answer.minutes * 60) }));
      done(answer);
    },
  });
}
