// My tasks: what I have to do and what my queues have, kept true by the topic `work`; what I did last.
import { ApiError, api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { t } from "../core/i18n.js";
import { empty, problem, skeleton } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { everySecond } from "../core/ticker.js";
import { editTask } from "./task-dialog.js";
import { byDue, isNow, level, taskLine } from "./task-words.js";

const place = document.getElementById("tasks");
let done = null;
let failed = null;
render(skeleton(6), place);

const line = (task) => taskLine(task, { mayWrite: pageData.may_write, choices: pageData });
const part = (title, tasks) =>
  tasks.length
    ? html`<section class="work-part"><div class="work-head"><h2>${title}</h2><span class="count">${tasks.length}</span></div>
        <div class="work-body"><ul class="task-lines">${repeat(tasks, (task) => task.id, line)}</ul></div></section>`
    : nothing;

async function wish(event) {
  const wanted = event.target.checked;
  try {
    await api.put("/api/v1/reminder-wish", { by_mail: wanted });
    toast(wanted ? t("Reminders come by mail too") : t("Reminders come here only"));
  } catch (error) {
    event.target.checked = !wanted;
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

async function loadDone() {
  try {
    ({ items: done } = await api.get("/api/v1/tasks", { list: "done" }));
    failed = null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

function draw() {
  const all = [...watched.rows].filter(([key]) => key.startsWith("task:")).map(([, task]) => task).sort(byDue);
  const mine = all.filter((task) => task.person_id === pageData.me);
  const over = mine.filter((task) => level(task) === "over");
  const today = mine.filter((task) => isNow(task) && level(task) !== "over");
  const later = mine.filter((task) => !isNow(task));
  const nothingToDo = empty({ icon: "circle-check", title: t("Nothing to do"), text: t("Tasks that you or a colleague make for you stand here, and on the ticket that they belong to.") });
  render(
    html`<div class="stack" data-live-region>
      ${all.length ? nothing : nothingToDo}
      ${part(t("Overdue"), over)}${part(t("Today"), today)}${part(t("Later"), later)}${part(t("For your queues"), all.filter((task) => task.queue_id))}
      ${failed ? problem(failed, loadDone) : done?.length ? html`<details><summary class="soft">${t("Done last")}</summary>${part(t("Done last"), done.slice(0, 20))}</details>` : nothing}
      <label class="form-check"><input class="form-check-input" type="checkbox" ?checked=${pageData.by_mail} @change=${wish}><span class="form-check-label">${icon("mail", { size: "small" })} ${t("Send my reminders by mail too")}</span></label>
    </div>`,
    place,
  );
}

const watched = channel.watch("work", { onReset: draw, onChange: () => (draw(), loadDone()) });
loadDone();
everySecond((now) => Math.floor(now / 1000) % 30 || draw());
document.getElementById("new")?.addEventListener("click", () => editTask({ choices: pageData }));
