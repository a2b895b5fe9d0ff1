// Macros and canned answers: one's own, and everybody's for administrators.
import { api, pageData } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatList, formatMoment, formatNumber, t } from "../../core/i18n.js";
import { chip } from "../../core/parts.js";
import { dataTable } from "../../core/table.js";
import { toast, toastError } from "../../core/toast.js";
import { area, check, field, named, select } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";
import { textPreview } from "./text-preview.js";
import { PRIORITIES, priorityWord, STATUSES, statusWord, WAIT_REASONS, waitWord } from "../words.js";

const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };
const { queues, people, may_share: mayShare } = pageData;

const texts = (name, legend, value = {}) => html`<fieldset class="stack tight"><legend class="form-label">${legend}</legend>
  ${Object.entries(LANGUAGES).map(([language, label]) => area({ name: `${name}.${language}`, label, value: value[language] }))}</fieldset>`;
const variables = html`<p class="form-hint">${t("In texts: %(names)s. What is not known on a ticket is left out.", { names: pageData.variables.map((name) => `{{${name}}}`).join(", ") })}</p>`;
const tags = (text) => (text ?? "").split(",").map((tag) => tag.trim()).filter(Boolean);
const whose = (row) => (mayShare ? check({ name: "shared", label: t("For everybody"), value: row?.shared ?? false }) : nothing);

const folder = (row) => field({ name: "folder", label: t("Folder"), value: row?.folder ?? "", hint: t("Several of one folder stand together") });
const used = { key: "used", label: t("Used"), number: true, cell: (row) => html`<span title=${row.used_at ? formatMoment(row.used_at) : ""}>${formatNumber(row.used)}</span>` };

/** What a macro does, in few words. */
function summary({ steps }) {
  const parts = [];
  if (steps.status) parts.push(steps.status === "waiting" ? waitWord(steps.wait_reason) : statusWord({ status: steps.status }));
  if (steps.priority) parts.push(priorityWord(steps.priority));
  if (steps.assign_me) parts.push(t("to me"));
  else if ("assignee_id" in steps) parts.push(steps.assignee_id === null ? t("to nobody") : (people.find((one) => one.id === steps.assignee_id)?.name ?? t("somebody who left")));
  if (steps.queue_id) parts.push(queues.find((one) => one.id === steps.queue_id)?.name ?? t("a queue no longer used"));
  if (steps.add_tags?.length) parts.push(t("tag %(tags)s", { tags: formatList(steps.add_tags) }));
  if (steps.remove_tags?.length) parts.push(t("without tag %(tags)s", { tags: formatList(steps.remove_tags) }));
  if (steps.note) parts.push(t("note"));
  if (steps.text) parts.push(t("text"));
  return parts.join(" · ");
}

function macroFields(row) {
  const steps = row?.steps ?? {};
  const status = steps.status === "waiting" ? `waiting:${steps.wait_reason}` : (steps.status ?? "");
  const states = [
    ...STATUSES.filter((key) => !["new", "waiting", "scheduled"].includes(key)).map((value) => ({ value, label: statusWord({ status: value }) })),
    ...WAIT_REASONS.map((reason) => ({ value: `waiting:${reason}`, label: waitWord(reason) })),
  ];
  const assignee = steps.assign_me ? "me" : "assignee_id" in steps ? (steps.assignee_id ?? "nobody") : "";
  return html`${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}${folder(row)}${whose(row)}
    <div class="fields">
      ${select({ name: "status", label: t("Status"), value: status, none: t("as it is"), options: states })}
      ${select({ name: "priority", label: t("Priority"), value: steps.priority, none: t("as it is"), options: PRIORITIES.map((value) => ({ value, label: priorityWord(value) })) })}
      ${select({ name: "queue_id", label: t("Queue"), value: steps.queue_id, none: t("as it is"), options: named(queues) })}
      ${select({ name: "assignee", label: t("Assignee"), value: assignee, none: t("as it is"), options: [{ value: "me", label: t("whoever runs it") }, { value: "nobody", label: t("nobody") }, ...named(people)] })}
    </div>
    <div class="fields">
      ${field({ name: "add_tags", label: t("Tags to add"), value: (steps.add_tags ?? []).join(", "), hint: t("Separated by commas") })}
      ${field({ name: "remove_tags", label: t("Tags to remove"), value: (steps.remove_tags ?? []).join(", ") })}
    </div>
    ${texts("text", t("Text for the answer (you send it)"), steps.text)}${textPreview("text")}${texts("note", t("Internal note"), steps.note)}${variables}`;
}

function macroBody({ name, folder: where = "", shared = false, status, priority, queue_id: queue, assignee, add_tags: add, remove_tags: remove, text, note }) {
  const [state, reason] = (status ?? "").split(":");
  const steps = { text, note };
  if (state) Object.assign(steps, { status: state }, reason ? { wait_reason: reason } : {});
  if (priority) steps.priority = priority;
  if (queue) steps.queue_id = Number(queue);
  if (assignee === "me") steps.assign_me = true;
  else if (assignee) steps.assignee_id = assignee === "nobody" ? null : Number(assignee);
  if (tags(add).length) steps.add_tags = tags(add);
  if (tags(remove).length) steps.remove_tags = tags(remove);
  return { name, folder: where, shared, steps };
}

function list(element, { id, label, path, columns, fields, body, newTitle, empty }) {
  const edit = (row = null) =>
    formDialog({
      title: row ? row.name : newTitle,
      content: fields(row),
      method: row ? "patch" : "post",
      path: row ? `${path}/${row.id}` : path,
      body,
      beside: row ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(row, close)}>${icon("trash")}${t("Remove")}</button>` : undefined,
      done: () => {
        toast(t("Saved."));
        table.reload();
      },
    });
  async function remove(row, close) {
    try {
      await api.delete(`${path}/${row.id}`);
      close();
      const again = async () => {
        await api.post(path, body.again(row));
        table.reload();
      };
      toast(t("Removed: %(name)s", { name: row.name }), { undo: () => again().catch(toastError) });
      table.reload();
    } catch (error) {
      toastError(error);
    }
  }
  const mayEdit = (row) => mayShare || !row.shared;
  const table = dataTable(element, {
    id,
    label,
    columns: [
      { key: "name", label: t("Name"), fixed: true, cell: (row) => html`${row.folder ? html`<span class="soft">${row.folder} / </span>` : nothing}${mayEdit(row) ? html`<button type="button" class="link-button" @click=${() => edit(row)}>${row.name}</button>` : row.name} ${row.shared ? chip(t("everybody's")) : nothing}` },
      ...columns,
    ],
    key: (row) => row.id,
    load: () => api.get(path),
    empty: { ...empty, action: html`<button type="button" class="btn" @click=${() => edit()}>${newTitle}</button>` },
  });
  return edit;
}

macroBody.again = ({ name, folder: where, shared, steps }) => ({ name, folder: where, shared, steps });
const answerBody = ({ name, folder: where = "", shortcut = "", shared = false, texts: said }) => ({ name, folder: where, shortcut, shared, texts: said });
answerBody.again = answerBody;

const newMacro = list(document.getElementById("macros"), {
  id: "settings-macros",
  label: t("Macros"),
  path: "/api/v1/macros",
  columns: [{ key: "steps", label: t("What it does"), cell: summary }, used],
  fields: macroFields,
  body: macroBody,
  newTitle: t("New macro"),
  empty: { icon: "wand", title: t("No macros yet"), text: t("A macro does several things to a ticket at once: press m on its page.") },
});
const newAnswer = list(document.getElementById("answers"), {
  id: "settings-answers",
  label: t("Canned answers"),
  path: "/api/v1/canned-answers",
  columns: [
    { key: "shortcut", label: t("Short word"), cell: (row) => (row.shortcut ? html`<kbd>/${row.shortcut}</kbd>` : "") },
    { key: "texts", label: t("Text"), cell: (row) => html`<span class="clip soft">${row.texts.en ?? Object.values(row.texts)[0]}</span>` },
    used,
  ],
  fields: (row) => html`${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}<div class="fields">${folder(row)}${field({ name: "shortcut", label: t("Short word"), value: row?.shortcut ?? "", hint: t("Type / and this word while you write") })}</div>${whose(row)}${texts("texts", t("Text"), row?.texts)}${variables}${textPreview("texts")}`,
  body: answerBody,
  newTitle: t("New canned answer"),
  empty: { icon: "message", title: t("No canned answers yet"), text: t("A text that you write again and again, in the customer's language.") },
});
document.getElementById("new").addEventListener("click", () => newMacro());
document.getElementById("new-answer").addEventListener("click", () => newAnswer());
