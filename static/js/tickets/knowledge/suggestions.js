// Articles like the ticket, beside it: with the reason, and put into the answer by one key.
import { api } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { bind } from "../../core/keys.js";
import { chip, problem, skeleton } from "../../core/parts.js";
import { toast, toastError } from "../../core/toast.js";
import { openArticleSearch } from "./article-search.js";
import { fallbackChip, LANGUAGES, matchWords, usedWords } from "./words.js";

const WAIT = 250; // milliseconds: several changes of a ticket at once are one question
const SHOWN = 3;

/** Put an article into the answer; an internal one into a note. `how`: text or link. */
export async function insertArticle(number, article, writer, how = "text") {
  const into = article.public ? writer.kind : "note";
  const { text, language, fallback } = await api.post(`/api/v1/tickets/${number}/article-uses`, { article_id: article.id, how, into });
  if (into !== writer.kind) writer.focus(into);
  writer.insert(text);
  if (fallback) toast(t("Not there in the customer's language: this is the text in %(language)s.", { language: LANGUAGES[language] }));
  else if (!article.public) toast(t("Internal: it went into a note."));
}

const newestMessage = (rows) => Math.max(0, ...[...rows.values()].filter((row) => row?.kind === "message_in").map((row) => row.id));

/**
 * articlesBeside(element, { number, writer }) → {update(ticket, rows), search(), close()}. Asks again when subject, kind, equipment or the customer's
 * last message changed. Keys: 1, 2, 3 insert; k searches.
 */
export function articlesBeside(element, { number, writer }) {
  let asked = "";
  let answer = null;
  let failed = null;
  let timer = 0;
  const undo = [];

  const insert = (article, how) => insertArticle(number, article, writer, how).catch(toastError);
  const search = () => openArticleSearch({ suggested: answer?.items ?? [], insert: writer ? insert : null });

  async function ask() {
    try {
      [answer, failed] = [await api.get(`/api/v1/tickets/${number}/articles`), null];
    } catch (error) {
      failed = error;
    }
    draw();
  }

  function update(ticket, rows) {
    const about = JSON.stringify([ticket.subject, ticket.kind, ticket.language, ticket.equipment_id, newestMessage(rows)]);
    if (about === asked) return;
    asked = about;
    clearTimeout(timer);
    timer = setTimeout(ask, answer ? WAIT : 0);
  }

  const line = (article, index) => html`<li class="suggestion">
    <div class="row-of">${writer ? html`<kbd>${index + 1}</kbd>` : nothing}<a class="strong grow" href=${`/knowledge/${article.id}?language=${article.language}`} target="_blank">${article.title}</a></div>
    <div class="row-of wrap tiny soft">${article.public ? nothing : chip(t("Internal"), { icon: "lock" })}${fallbackChip(article)}<span>${matchWords(article.matches)}</span><span>${usedWords(article)}</span></div>
    ${writer
      ? html`<div class="row-of"><button type="button" class="btn btn-sm" data-insert=${article.id} @click=${() => insert(article, "text")}>${icon("message", { size: "small" })}${article.public ? t("Into the answer") : t("Into a note")}</button>
          ${article.public ? html`<button type="button" class="btn btn-quiet btn-sm" data-insert-link=${article.id} @click=${() => insert(article, "link")}>${icon("link", { size: "small" })}${t("As a link")}</button>` : nothing}</div>`
      : nothing}
  </li>`;

  function inside() {
    if (failed) return problem(failed, ask);
    if (!answer) return skeleton(2);
    const items = answer.items.slice(0, SHOWN);
    return html`${items.length ? html`<ul class="suggestions">${items.map(line)}</ul>` : html`<p class="small soft">${t("Nothing like it is written down yet.")}</p>`}
      ${answer.written.map((one) => html`<div class="small row-of">${icon("note", { size: "small" })}<span>${t("Written down:")} <a href=${`/knowledge/${one.id}`}>${one.title}</a></span></div>`)}`;
  }

  function draw() {
    render(
      html`<section class="panel knowledge-panel" aria-live="polite"><div class="row-of apart"><h2>${t("Knowledge")}</h2><span class="row-of">
          <button type="button" class="btn btn-quiet btn-sm" @click=${search}>${icon("search", { size: "small" })}${t("Search")} <kbd>k</kbd></button>
          ${writer ? html`<a class="btn btn-quiet btn-sm" href=${`/knowledge/new?ticket=${number}`}>${icon("writing", { size: "small" })}${t("Write it down")}</a>` : nothing}</span></div>
        ${inside()}</section>`,
      element,
    );
  }

  const group = t("Ticket");
  undo.push(bind("k", t("Search the knowledge base"), search, { group }));
  if (writer) {
    for (let index = 0; index < SHOWN; index += 1) {
      const run = () => answer?.items[index] && insert(answer.items[index], "text");
      undo.push(bind(String(index + 1), t("Insert article %(number)s", { number: index + 1 }), run, { group }));
    }
  }
  draw();
  return {
    update,
    search,
    close() {
      clearTimeout(timer);
      for (const one of undo) one();
    },
  };
}
