// The dialog of one assignment rule.
import { ApiError, api, pageData } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { toast, toastError } from "../../core/toast.js";
import { check, field, named, select } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";
import "../condition-editor.js";
import { METHOD_KEYS, methodWord, SOURCE_KEYS, sourceWord } from "./words.js";

const LEVELS = [1, 2, 3, 4, 5];
const PRESENCES = () => [
  { value: "any", label: t("does not matter") },
  { value: "online", label: t("signed in, not away from the screen") },
  { value: "available", label: t("signed in, not on a break either") },
];

function skillsOf(rule) {
  if (!pageData.skills.length) return html`<p class="soft small">${t("No skills are defined yet.")} <a href="/settings/skills">${t("Define the first")}</a></p>`;
  const levels = new Map((rule?.skills ?? []).map((one) => [one.skill_id, one.level]));
  const options = LEVELS.map((level) => ({ value: level, label: t("Level %(level)s or better", { level }) }));
  return html`<details ?open=${levels.size > 0}><summary>${t("Skills that each of its tickets needs")}</summary>
    <div class="fields">${pageData.skills.map((skill) => select({ name: `levels.s${skill.id}`, label: skill.name, value: levels.get(skill.id) ?? "", options, none: t("not needed"), number: true }))}</div></details>`;
}

const sourcesOf = (rule) => {
  const chosen = new Set(rule?.sources ?? SOURCE_KEYS);
  return html`<fieldset class="stack tight"><legend class="form-label">${t("More skills, as the table below says, for")}</legend><div class="row-of wrap">
    ${SOURCE_KEYS.map((key) => html`<label class="form-check"><input class="form-check-input" type="checkbox" name="sources" value=${key} .checked=${chosen.has(key)}><span class="form-check-label">${sourceWord(key)}</span></label>`)}</div></fieldset>`;
};

/** The form's values as the API takes them. */
function bodyOf({ levels = {}, ...values }, conditions) {
  const skills = Object.entries(levels).filter(([, level]) => level !== null && level !== "");
  return { ...values, conditions, skills: skills.map(([name, level]) => ({ skill_id: Number(name.slice(1)), level: Number(level) })) };
}

async function remove(rule, close, done) {
  try {
    await api.delete(`/api/v1/assignment-rules/${rule.id}`);
    close();
    done();
    const { id, position, problem, ...values } = rule;
    toast(t("Rule removed"), { undo: () => api.post("/api/v1/assignment-rules", values).then(done, toastError) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

/** Edit a rule, or with null a new one; `done()` when something was saved. */
export function openRule(rule, done) {
  let conditions = rule?.conditions ?? {};
  formDialog({
    title: rule ? rule.name : t("New rule"),
    content: html`
      ${field({ name: "name", label: t("Name"), value: rule?.name, autofocus: true })}
      <div class="fields">
        ${select({ name: "queue_id", label: t("Queue"), value: rule?.queue_id, options: named(pageData.queues), none: t("All queues"), number: true })}
        ${select({ name: "method", label: t("Who gets it"), value: rule?.method ?? "least_loaded", options: METHOD_KEYS.map((value) => ({ value, label: methodWord(value) })) })}
      </div>
      <fieldset class="stack tight"><legend class="form-label">${t("Only tickets for which")}</legend>
        <condition-editor impersonal .value=${conditions} @change=${(event) => { conditions = event.detail.value; }}></condition-editor></fieldset>
      ${sourcesOf(rule)}${skillsOf(rule)}
      <div class="fields">
        ${select({ name: "presence", label: t("Their state"), value: rule?.presence ?? "online", options: PRESENCES() })}
        ${check({ name: "on_shift", label: t("Only in their working hours"), value: rule?.on_shift ?? true })}
      </div>
      <div class="fields">
        ${field({ name: "widen_after", label: t("Anybody of the queue after (minutes)"), value: rule ? rule.widen_after : 10, type: "number", min: 0, hint: t("Empty: never") })}
        ${field({ name: "tell_after", label: t("Supervisors are told after (minutes)"), value: rule ? rule.tell_after : 15, type: "number", min: 0, hint: t("Empty: never") })}
      </div>
      ${check({ name: "active", label: t("In use"), value: rule?.active ?? true })}`,
    method: rule ? "patch" : "post",
    path: rule ? `/api/v1/assignment-rules/${rule.id}` : "/api/v1/assignment-rules",
    body: (values) => bodyOf(values, conditions),
    beside: rule ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(rule, close, done)}>${icon("trash")}${t("Remove")}</button>` : nothing,
    done: () => {
      toast(t("Saved. It holds for what comes from now on."));
      done();
    },
  });
}
