// Writing an article: one language at a time, its facts beside it. Every save is a version; readers see it when it is published.
import { api, pageData } from "../../core/api.js";
import { formValues, showErrors } from "../../core/form.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { formatBytes, t } from "../../core/i18n.js";
import { bind } from "../../core/keys.js";
import { problem } from "../../core/parts.js";
import { toast, toastError } from "../../core/toast.js";
import { askWhose } from "./collision.js";
import { factFields, factValues } from "./fact-fields.js";
import { richEditor } from "./rich-editor.js";
import { unsaved } from "./unsaved.js";
import { LANGUAGES, tagOf } from "./words.js";

const form = document.getElementById("article-form");
const parts = Object.fromEntries(["languages", "title", "body", "attachments", "facts", "foot"].map((name) => [name, document.getElementById(`article-${name}`)]));
const written = pageData.written;
let article = null;
let language = new URLSearchParams(location.search).get("language") ?? written?.language ?? pageData.language;
let base = 0;
let files = [];
let dirty = false;
let saving = false;

const editor = richEditor(parts.body, { label: t("Text"), files: pageData.files, changed: typed });
const title = () => parts.title.querySelector("input");
const text = () => ({ title: title().value, body: editor.html, base });
const line = () => article?.lines.find((one) => one.language === language);

function typed() {
  dirty = true;
  unsaved(pageData.id, language).keep(text());
}

/** The newest text in this language, or what was written here and not saved. */
function open(next) {
  language = next;
  const newest = line()?.latest;
  const kept = unsaved(pageData.id, language).read();
  base = newest?.number ?? 0;
  files = newest?.files ?? [];
  title().value = newest?.title ?? (article ? "" : (written?.title ?? ""));
  editor.html = newest?.body ?? (article ? "" : begun());
  editor.language(tagOf(language));
  dirty = false;
  if (kept && (kept.title !== title().value || kept.body !== editor.html) && !written) {
    [title().value, editor.html, base, dirty] = [kept.title, kept.body, kept.base, true];
    toast(t("What you wrote and did not save is here again."), { undo: () => { unsaved(pageData.id, language).forget(); open(language); } });
  }
  draw();
}

/** A text from a ticket: headings of ours, paragraphs of theirs. */
function begun() {
  if (!written) return "";
  const holder = document.createElement("div");
  for (const section of written.sections) {
    holder.append(Object.assign(document.createElement("h2"), { textContent: section.title }));
    for (const part of section.text.split(/\n{2,}/).filter((one) => one.trim())) holder.append(Object.assign(document.createElement("p"), { innerText: part }));
  }
  return holder.innerHTML;
}

async function attach(list) {
  for (const file of list) {
    const body = new FormData();
    body.append("file", file);
    try {
      files = [...files, await api.post("/api/v1/files", body)];
      dirty = true;
    } catch (error) {
      toastError(error);
    }
    draw();
  }
}

function choose(next) {
  if (next === language) return;
  if (dirty) unsaved(pageData.id, language).keep(text());
  open(next);
}

function draw() {
  render(
    Object.entries(LANGUAGES).map(
      ([key, name]) => html`<button type="button" lang=${tagOf(key)} aria-pressed=${String(key === language)} ?disabled=${!article && dirty && key !== language} @click=${() => choose(key)}>${name}${article && !article.languages.includes(key) ? html` <span class="tiny soft">${t("missing")}</span>` : nothing}</button>`,
    ),
    parts.languages,
  );
  render(
    html`${files.map((file) => html`<span class="attachment">${icon("paperclip", { size: "small" })}<span class="clip">${file.name}</span><span class="tiny soft">${formatBytes(file.size)}</span><button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Remove")} @click=${() => { files = files.filter((other) => other !== file); dirty = true; draw(); }}>${icon("x")}</button></span>`)}
      <label class="btn btn-quiet btn-sm">${icon("paperclip")}${t("Attach files")}<input type="file" multiple hidden @change=${(event) => { attach(event.target.files); event.target.value = ""; }}></label>`,
    parts.attachments,
  );
  render(
    html`${article && base ? html`<div class="field grow"><label class="form-label" for="field-note">${t("What did you change? (for your colleagues)")}</label><input class="form-control" id="field-note" name="note" maxlength="500" autocomplete="off"></div>` : nothing}
      <div class="form-actions"><button class="btn btn-primary" ?disabled=${saving}>${icon("device-floppy")}${article ? t("Save") : t("Save draft")}</button>
      <a class="btn" href=${article ? `/knowledge/${article.id}?language=${language}` : "/knowledge"}>${t("Cancel")}</a></div>`,
    parts.foot,
  );
}

async function save(event) {
  event?.preventDefault();
  if (saving) return;
  saving = true;
  draw();
  try {
    const values = formValues(form);
    if (article) await saveAgain(values);
    else await saveNew(values);
    done();
  } catch (error) {
    if (error.code === "newer_version" && error.body.theirs) await quarrel(error);
    else if (error.status) showErrors(form, error);
    else toastError(error);
  } finally {
    saving = false;
    draw();
  }
}

const texts = () => ({ language, title: title().value, body: editor.html, file_ids: files.map((file) => file.id) });

async function saveNew(values) {
  article = await api.post("/api/v1/articles", { ...factValues(values), ...texts(), ticket: written?.ticket ?? null });
}

/** Facts first: they are refused apart from the text. */
async function saveAgain(values) {
  const path = `/api/v1/articles/${article.id}`;
  const changed = await api.patch(path, { ...factValues(values), version: article.version });
  article.version = changed.version;
  if (dirty || !line()) article = await api.post(`${path}/versions`, { ...texts(), base, note: values.note ?? "" });
}

function done() {
  unsaved(pageData.id, language).forget();
  dirty = false;
  location.assign(`/knowledge/${article.id}?language=${language}`);
}

/** Both are shown; "mine" goes on top of theirs, which stays among the versions. */
async function quarrel(error) {
  const { theirs } = error.body;
  const answer = await askWhose(error, text(), language);
  if (answer === "theirs") {
    [base, title().value, editor.html, dirty] = [theirs.number, theirs.title, theirs.body, false];
    unsaved(pageData.id, language).forget();
  }
  if (answer === "mine") {
    base = theirs.number;
    setTimeout(save);
  }
}

async function load() {
  try {
    if (pageData.id) article = await api.get(`/api/v1/articles/${pageData.id}`);
    render(factFields(article ?? { ...written, public: false, tags: [], skus: [], kinds: written?.kinds ?? [], models: written?.models ?? [] }, pageData), parts.facts);
    open(language);
    form.hidden = false;
    title().focus();
  } catch (error) {
    render(problem(error, load), document.getElementById("article-problem"));
  }
}

form.noValidate = true;
form.addEventListener("submit", save);
title().addEventListener("input", typed);
bind("s", t("Save"), () => save());
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
  }
});
addEventListener("beforeunload", (event) => dirty && !saving && event.preventDefault());
load();
