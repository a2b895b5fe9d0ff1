// Settings of assignment: the rules, what needs which skill, the routing table, what holds for the whole firm.
import { ApiError, api, pageData } from "../../core/api.js";
import { enhance } from "../../core/form.js";
import { html, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { problem, skeleton } from "../../core/parts.js";
import { toast } from "../../core/toast.js";
import { field, named, select } from "../../staff/fields.js";
import { cellChoice, lineTable } from "../assigning/line-table.js";
import { rulesPart } from "../assigning/rules.js";
import { flowWord, SOURCE_KEYS, sourceWord } from "../assigning/words.js";
import { KINDS, kindWord, PRIORITIES, priorityWord, statusWord } from "../words.js";

const place = (id) => document.getElementById(id);
const kinds = KINDS.map((value) => ({ value, label: kindWord(value) }));
const skills = named(pageData.skills);
const queues = named(pageData.queues);
const languages = Object.entries(pageData.languages).map(([value, label]) => ({ value, label }));

const rules = rulesPart(place("rules"));
place("new").addEventListener("click", rules.add);
render(html`${pageData.categories.map((name) => html`<option value=${name}></option>`)}`, place("categories"));

const category = (label, value, change) =>
  html`<input class="form-control" list="categories" aria-label=${label} placeholder=${t("any")} .value=${value ?? ""} @change=${(event) => change(event.target.value.trim() || null)}>`;

const FIRST = { kind: KINDS[0], language: Object.keys(pageData.languages)[0], equipment: "" };
const valueCell = (line, put) => {
  const label = t("Which");
  if (line.source === "equipment") return category(label, line.value, (value) => put({ value: value ?? "" }));
  return cellChoice({ label, value: line.value, options: line.source === "kind" ? kinds : languages, change: (value) => put({ value }) });
};

lineTable(place("needs"), {
  title: t("What needs which skill"),
  hint: t("beside the skills of the queue"),
  path: "/api/v1/skill-needs",
  none: t("Nothing yet: whoever serves the queue can do all of its tickets."),
  fresh: () => ({ source: "kind", value: FIRST.kind, skill_id: pageData.skills[0]?.id ?? null, level: 1 }),
  columns: [
    { label: t("Because of"), cell: (line, put) => cellChoice({ label: t("Because of"), value: line.source, options: SOURCE_KEYS.map((value) => ({ value, label: sourceWord(value) })), change: (source) => put({ source, value: FIRST[source] }) }) },
    { label: t("Which"), cell: valueCell },
    { label: t("Skill"), cell: (line, put) => cellChoice({ label: t("Skill"), value: line.skill_id, options: skills, change: (value) => put({ skill_id: Number(value) }) }) },
    { label: t("From level"), cell: (line, put) => cellChoice({ label: t("From level"), value: line.level, options: [1, 2, 3, 4, 5].map((value) => ({ value, label: String(value) })), change: (value) => put({ level: Number(value) }) }) },
  ],
});

lineTable(place("routes"), {
  title: t("Routing table"),
  hint: t("which new tickets go to which queue; the line that says most counts"),
  path: "/api/v1/routing-table",
  none: t("Nothing yet: tickets stay in the queue of the mailbox, form or number that they came by."),
  fresh: () => ({ from_queue_id: null, kind: KINDS[0], equipment_kind: null, queue_id: pageData.queues[0]?.id ?? null }),
  columns: [
    { label: t("Comes into"), cell: (line, put) => cellChoice({ label: t("Comes into"), value: line.from_queue_id, none: t("any queue"), options: queues, change: (value) => put({ from_queue_id: value && Number(value) }) }) },
    { label: t("Kind"), cell: (line, put) => cellChoice({ label: t("Kind"), value: line.kind, none: t("any"), options: kinds, change: (value) => put({ kind: value }) }) },
    { label: t("Category of equipment"), cell: (line, put) => category(t("Category of equipment"), line.equipment_kind, (value) => put({ equipment_kind: value })) },
    { label: t("Goes to"), cell: (line, put) => cellChoice({ label: t("Goes to"), value: line.queue_id, options: queues, change: (value) => put({ queue_id: Number(value) }) }) },
  ],
});

const STATUSES = ["new", "open", "waiting", "scheduled"];
const weightField = (settings, name, value, label) => field({ name: `weights.${name}.${value}`, label, value: settings.weights[name]?.[value] ?? 1, type: "number", min: 0, max: 20, step: "0.1" });

function firm(settings) {
  render(
    html`<section class="part"><div class="part-head"><h2>${t("For the whole firm")}</h2></div><form class="part-body stack">
      <div class="form-errors" role="alert" hidden></div>
      <div class="fields">
        ${select({ name: "flow", label: t("Customers are served"), value: settings.flow, options: ["department", "representative"].map((value) => ({ value, label: flowWord(value) })), hint: t("Unless a customer has a flow of their own") })}
        ${select({ name: "by_hand", label: t("Who is absent, full or lacks a skill is picked by hand"), value: settings.by_hand, options: [{ value: "warn", label: t("with a warning") }, { value: "refuse", label: t("not at all") }] })}
        ${field({ name: "long_absence_hours", label: t("Tickets are offered for handing over from an absence of (hours)"), value: settings.long_absence_hours, type: "number", min: 1, max: 720 })}
      </div>
      <details><summary>${t("How much an open ticket counts")}</summary><p class="small soft">${t("A person's capacity is in tickets; 2 counts as two, 0 not at all. Several are multiplied.")}</p>
        <div class="fields">${PRIORITIES.map((value) => weightField(settings, "priority", value, priorityWord(value)))}</div>
        <div class="fields">${KINDS.map((value) => weightField(settings, "kind", value, kindWord(value)))}</div>
        <div class="fields">${STATUSES.map((value) => weightField(settings, "status", value, statusWord({ status: value })))}</div></details>
      <div class="form-actions"><button class="btn btn-primary">${t("Save")}</button></div></form></section>`,
    place("firm"),
  );
  const form = place("firm").querySelector("form");
  enhance(form, {
    method: "patch",
    path: "/api/v1/assignment-settings",
    body: (values) => ({ ...values, weights: Object.fromEntries(Object.entries(values.weights).map(([name, all]) => [name, Object.fromEntries(Object.entries(all).filter(([, one]) => one !== null))])) }),
    done: () => toast(t("Saved.")),
  });
}

async function loadFirm() {
  render(skeleton(3), place("firm"));
  try {
    firm(await api.get("/api/v1/assignment-settings"));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(problem(error, loadFirm), place("firm"));
  }
}

loadFirm();
