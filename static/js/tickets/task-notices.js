// On every page: reminders of tasks, and how many are due beside "My tasks".
import { ApiError, api } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { standing } from "../core/standing.js";
import { announce, toastError } from "../core/toast.js";
import { everySecond } from "../core/ticker.js";
import { byDue, dueWord, finish, isNow, moveLater } from "./task-words.js";
import "./work-style.js";

const place = standing("reminders");
let told = new Set();

async function seen(task) {
  try {
    await api.post(`/api/v1/tasks/${task.id}/sighting`, {});
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

const line = (task) => html`<div class="note" role="group">${icon("alarm")}
  <div class="grow"><span class="strong">${task.text}</span> <span class="soft">${dueWord(task)}</span>${task.number ? html` <a href=${`/tickets/${task.number}`}>#${task.number} ${task.subject}</a>` : nothing}</div>
  <div class="row-of wrap"><button type="button" class="btn btn-sm" @click=${() => finish(task)}>${icon("check", { size: "small" })}${t("Done")}</button>
    <button type="button" class="btn btn-sm" @click=${() => moveLater(task)}>${t("Later")}</button>
    <button type="button" class="btn btn-sm btn-quiet" @click=${() => seen(task)}>${t("Seen")}</button></div></div>`;

const tasks = () => [...watched.rows].filter(([key]) => key.startsWith("task:")).map(([, task]) => task);

/** The number in the menu: what is due today or over. */
function drawCount() {
  const count = tasks().filter((task) => isNow(task)).length;
  for (const link of document.querySelectorAll('.rail-link[href="/tasks"], .sheet-item[href="/tasks"]')) {
    let mark = link.querySelector(".rail-count");
    if (!mark) {
      mark = Object.assign(document.createElement("span"), { className: "count count-brand rail-count" });
      link.append(mark);
    }
    mark.textContent = count ? String(count) : "";
    mark.title = count ? tn("%(count)s task is due today", "%(count)s tasks are due today", count) : "";
  }
}

function draw() {
  const due = tasks().filter((task) => task.reminded_at && !task.seen_at).sort(byDue);
  render(repeat(due, (task) => task.id, line), place);
  const fresh = due.filter((task) => !told.has(task.id));
  told = new Set(due.map((task) => task.id));
  if (fresh.length) announce(fresh.map((task) => t("Reminder: %(text)s", { text: task.text })).join(" "));
  drawCount();
}

const watched = channel.watch("work", { onReset: draw, onChange: draw });
everySecond((now) => Math.floor(now / 1000) % 30 || draw());
