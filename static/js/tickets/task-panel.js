// Tasks on the ticket's page: what is still to do on it, and a key to add one.
import { pageData } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { registerAction, registerPanel } from "./panels.js";
import { editTask } from "./task-dialog.js";
import { taskLine } from "./task-words.js";
import "./work-style.js";

const SHOWN_DONE = 5;

registerPanel("tasks", ({ tasks }) => {
  const open = tasks.filter((task) => !task.done_at);
  const done = tasks.filter((task) => task.done_at).slice(0, SHOWN_DONE);
  const line = (task) => taskLine(task, { mayWrite: pageData.may_write, ticket: false, choices: pageData });
  return html`<h2>${t("Tasks")} ${open.length ? html`<span class="count">${open.length}</span>` : nothing}</h2><ul class="task-lines">${open.map(line)}${done.map(line)}</ul>`;
});

registerAction("tasks", (ticket) =>
  pageData.may_write && !ticket.merged_into
    ? html`<button type="button" class="btn" data-key="o" @click=${() => editTask({ number: ticket.number, choices: pageData })}>${icon("list-check")}${t("Task")}</button>`
    : nothing,
);
