// All articles: searched, filtered, by keys. The address holds the whole state.
import { api, pageData } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatDate, formatNumber, t } from "../../core/i18n.js";
import { chip, timeTag } from "../../core/parts.js";
import { dataTable } from "../../core/table.js";
import { audienceChip, fallbackChip, languageSigns, statusChip, statusWord, withMarks } from "./words.js";

const WAIT = 200; // milliseconds after the last letter
let words = [];
let overdue = 0;
let timer = 0;

const option = (value, label, chosen) => html`<option value=${value} ?selected=${String(chosen ?? "") === String(value)}>${label}</option>`;
const choice = (table, name, label, options) =>
  html`<select class="form-select" aria-label=${label} @change=${(event) => table.setFilters({ [name]: event.target.value })}>${options.map(([value, word]) => option(value, word, table.state.filters[name]))}</select>`;

function tools(table) {
  const { filters } = table.state;
  const typed = (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => table.setFilters({ text: event.target.value.trim() }, { step: false }), WAIT);
  };
  return html`<div class="list-tools">
    <input type="search" class="form-control article-search" data-key="f" aria-label=${t("Find an article")} placeholder=${t("Find an article")} .value=${filters.text ?? ""} @input=${typed}>
    ${choice(table, "category_id", t("Category"), [["", t("All categories")], ...pageData.categories.map((one) => [one.id, one.name])])}
    ${choice(table, "status", t("Status"), [["", t("Drafts and published")], ...["draft", "published", "archived"].map((status) => [status, statusWord(status)])])}
    ${choice(table, "public", t("For whom"), [["", t("For everybody")], ["true", t("For customers")], ["false", t("Internal")]])}
    <button type="button" class="chip chip-choice" aria-pressed=${String(filters.overdue === "true")} @click=${() => table.setFilters({ overdue: filters.overdue === "true" ? "" : "true" })}>${icon("calendar-time", { size: "small" })}${t("To be reviewed")}${overdue ? html`<span class="count">${formatNumber(overdue)}</span>` : nothing}</button>
    ${filters.tag ? html`<button type="button" class="chip chip-choice" aria-pressed="true" @click=${() => table.setFilters({ tag: "" })}>${icon("tag", { size: "small" })}${filters.tag}${icon("x", { size: "small" })}</button>` : nothing}
  </div>`;
}

const title = (row) => html`<div class="article-cell"><a class="strong" href=${`/knowledge/${row.id}`}>${withMarks(row.title, words)}</a> ${fallbackChip(row)}
  ${row.excerpt ? html`<div class="small soft clip">${withMarks(row.excerpt, words)}</div>` : nothing}</div>`;

dataTable(document.getElementById("articles"), {
  id: "articles",
  label: t("Articles"),
  tools,
  columns: [
    { key: "title", label: t("Article"), fixed: true, cell: title },
    { key: "status", label: t("Status"), cell: (row) => html`<span class="row-of wrap">${statusChip(row)}${audienceChip(row)}${row.unpublished ? chip(t("newer draft"), { icon: "pencil" }) : nothing}</span>` },
    { key: "category", label: t("Category"), cell: (row) => row.category ?? "" },
    { key: "languages", label: t("Languages"), cell: (row) => languageSigns(row.languages) },
    { key: "tags", label: t("Tags"), hidden: true, cell: (row) => row.tags.join(", ") },
    { key: "used", label: t("Used in 90 days"), number: true, cell: (row) => formatNumber(row.used_recently) },
    { key: "marks", label: t("Helpful"), number: true, cell: (row) => (row.helpful + row.not_helpful ? t("%(yes)s of %(all)s", { yes: row.helpful, all: row.helpful + row.not_helpful }) : "") },
    { key: "review_by", label: t("Review by"), cell: (row) => (row.review_by ? html`<span class=${row.overdue ? "strong" : ""}>${formatDate(`${row.review_by}T12:00:00Z`, { zone: "UTC", year: true, weekday: false })}${row.overdue ? html` ${chip(t("overdue"), { icon: "calendar-time", kind: "strong" })}` : nothing}</span>` : "") },
    { key: "author", label: t("Author"), hidden: true, cell: (row) => row.author ?? "" },
    { key: "updated_at", label: t("Changed"), cell: (row) => timeTag(row.updated_at) },
  ],
  key: (row) => row.id,
  async load({ after, filters }) {
    const answer = await api.get("/api/v1/articles", { after, ...filters });
    ({ words, overdue } = answer);
    return answer;
  },
  open: (row) => `/knowledge/${row.id}`,
  empty: { icon: "book", title: t("No articles here"), text: t("Write down what helped once, and the next colleague has it at hand."), action: pageData.may_write ? html`<a class="btn" href="/knowledge/new">${t("New article")}</a>` : nothing },
});
