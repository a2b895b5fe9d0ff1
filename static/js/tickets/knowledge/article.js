// One article to read: its languages, whom it helped, what changed, and what becomes of it.
import { api, pageData } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { formatDate, t } from "../../core/i18n.js";
import { chip, problem, skeleton } from "../../core/parts.js";
import { kindWord } from "../words.js";
import { articleBody } from "./body.js";
import { marks } from "./marks.js";
import { deeds } from "./publishing.js";
import { openVersions } from "./versions.js";
import { audienceChip, fileLink, LANGUAGES, statusChip, usedWords } from "./words.js";

const place = document.getElementById("article");
const path = `/api/v1/articles/${pageData.id}`;
place.replaceChildren(); // what the server drew until now
let article = null;
let language = new URLSearchParams(location.search).get("language");
let draft = false; // look at the newest text although another is published

const line = () => article.lines.find((one) => one.language === language) ?? article.lines.find((one) => one.language === article.language) ?? article.lines[0];
const day = (text) => formatDate(`${text}T12:00:00Z`, { zone: "UTC", year: true, weekday: false });

function show(found) {
  article = found;
  draw();
}

function choose(next) {
  language = next;
  draft = false;
  const address = new URL(location.href);
  address.searchParams.set("language", next);
  history.replaceState(null, "", address);
  draw();
}

const list = (name, values) => (values.length ? html`<dt>${name}</dt><dd>${values.join(", ")}</dd>` : nothing);

function facts() {
  return html`<section class="panel"><h2>${t("About this article")}</h2><dl class="facts">
    ${article.category ? html`<dt>${t("Category")}</dt><dd><a href=${`/knowledge?category_id=${article.category_id}`}>${article.category}</a></dd>` : nothing}
    ${article.tags.length ? html`<dt>${t("Tags")}</dt><dd class="row-of wrap">${article.tags.map((tag) => html`<a class="chip" href=${`/knowledge?tag=${encodeURIComponent(tag)}`}>${tag}</a>`)}</dd>` : nothing}
    ${list(t("Kinds"), article.kinds.map(kindWord))}${list(t("Models"), article.models)}${list(t("Parts"), article.skus)}
    ${article.ticket ? html`<dt>${t("Written from")}</dt><dd><a href=${`/tickets/${article.ticket}`}>#${article.ticket}</a></dd>` : nothing}
    <dt>${t("Author")}</dt><dd>${article.author ?? ""}</dd>
    ${article.reviewer ? html`<dt>${t("Reviewer")}</dt><dd>${article.reviewer}</dd>` : nothing}
    ${article.review_by ? html`<dt>${t("Review by")}</dt><dd>${day(article.review_by)} ${article.overdue ? chip(t("overdue"), { icon: "calendar-time", kind: "strong" }) : nothing}</dd>` : nothing}
    <dt>${t("In answers")}</dt><dd>${usedWords(article)}</dd></dl></section>`;
}

function text(shown) {
  const newer = shown.published && shown.published.number !== shown.latest.number;
  const version = (draft && newer) || !shown.published ? shown.latest : shown.published;
  return html`
    ${newer
      ? html`<div class="note row-of apart wrap">${icon("pencil")}<span class="grow">${draft ? t("This is the newest text; readers still see the published one.") : t("A newer text was saved and is not published yet.")}</span>
          <button type="button" class="btn btn-sm" @click=${() => { draft = !draft; draw(); }}>${draft ? t("Show what readers see") : t("Show the newest")}</button></div>`
      : nothing}
    <h2 class="article-title">${version.title}</h2>
    ${articleBody(version.body, shown.language)}
    ${version.files.length ? html`<div class="attachments">${version.files.map(fileLink)}</div>` : nothing}
    <div class="row-of wrap small soft"><span>${t("Version %(number)s, %(name)s, %(day)s", { number: version.number, name: version.by ?? "", day: formatDate(version.at, { year: true, weekday: false }) })}</span>
      <button type="button" class="btn btn-quiet btn-sm" data-key="v" @click=${() => openVersions(article, shown, show)}>${icon("history")}${t("Versions…")}</button>
      ${shown.address ? html`<a class="btn btn-quiet btn-sm" href=${shown.address} target="_blank" rel="noopener">${icon("external-link")}${t("Public page")}</a>` : nothing}</div>`;
}

function draw() {
  const shown = line();
  const missing = language && shown.language !== language && !article.lines.some((one) => one.language === language);
  render(
    html`<div class="ticket-columns article-columns">
      <article class="panel stack article-sheet">
        <div class="row-of wrap">${statusChip(article)}${audienceChip(article)}</div>
        <div class="choice" role="group" aria-label=${t("Language")}>${Object.entries(LANGUAGES).map(
          ([key, name]) => html`<button type="button" lang=${key.replace("_", "-")} aria-pressed=${String(key === (language ?? shown.language))} @click=${() => choose(key)}>${name}${article.languages.includes(key) ? nothing : html` <span class="tiny soft">${t("missing")}</span>`}</button>`,
        )}</div>
        ${missing ? html`<div class="note row-of apart wrap">${icon("language")}<span class="grow">${t("There is no text in this language yet. This is the one in %(language)s.", { language: LANGUAGES[shown.language] })}</span>${pageData.may_write ? html`<a class="btn btn-sm" href=${`/knowledge/${article.id}/edit?language=${language}`}>${t("Translate")}</a>` : nothing}</div>` : nothing}
        ${text(shown)}
        ${marks(article, show)}
      </article>
      <aside class="stack">${deeds(article, shown, show)}${facts()}</aside>
    </div>`,
    place,
  );
}

async function load() {
  render(skeleton(8), place);
  try {
    show(await api.get(path));
  } catch (error) {
    render(problem(error, load), place);
  }
}

load();
