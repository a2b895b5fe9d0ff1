// What people spend their time on, in words; and the deeds of the timer.
import { api } from "../core/api.js";
import { html } from "../core/html.js";
import { formatDuration, t } from "../core/i18n.js";
import { formDialog } from "../staff/form-dialog.js";
import { toast, toastError } from "../core/toast.js";

const ACTIVITIES = {
  work: () => t("Work on the ticket"),
  call: () => t("Call"),
  mail: () => t("Correspondence"),
  remote: () => t("Remote help"),
  research: () => t("Research"),
  coordination: () => t("Coordination"),
  administration: () => t("Administration"),
  training: () => t("Training"),
  other: () => t("Other"),
};
export const activityWord = (key) => ACTIVITIES[key]?.() ?? key;
export const countedWord = (kind) => (kind === "wrap_up" ? t("Wrap-up") : t("Call"));

const written = (entry) => t("%(time)s written down", { time: formatDuration(entry.minutes * 60) });

/** Start the timer on a ticket; one that ran is written down. */
export async function startTimer(number) {
  try {
    const { stopped } = await api.put("/api/v1/timer", { ticket: number });
    toast(stopped ? `${t("Timer started")} · ${written(stopped)}` : t("Timer started"));
  } catch (error) {
    if (error.code === "forgotten") forgotten();
    else toastError(error);
  }
}

/** Stop it and write the minutes down; a forgotten one is asked about. */
export async function stopTimer() {
  try {
    toast(written(await api.post("/api/v1/timer/stop", {})));
  } catch (error) {
    if (error.code === "forgotten") forgotten();
    else toastError(error);
  }
}

/** It was a mistake, or nobody knows any more. */
export async function discardTimer() {
  try {
    await api.delete("/api/v1/timer");
    toast(t("Thrown away; nothing was written down"));
  } catch (error) {
    toastError(error);
  }
}

export async function confirmTimer() {
  try {
    await api.post("/api/v1/timer/confirmation", {});
  } catch (error) {
    toastError(error);
  }
}

/** How long was it really? */
export function forgotten() {
  formDialog({
    title: t("How long was it really?"),
    size: "small",
    path: "/api/v1/timer/stop",
    content: html`<div class="field"><label class="form-label" for="timer-minutes">${t("Minutes")}</label><input class="form-control" id="timer-minutes" type="number" name="minutes" min="1" max="1440" inputmode="numeric" autofocus></div>`,
    beside: (close) => html`<button type="button" class="btn btn-quiet" @click=${() => (close(), discardTimer())}>${t("Throw it away")}</button>`,
    done: (entry) => toast(written(entry)),
  });
}
