// Articles by words, over a ticket: arrows move, Enter inserts the text, Ctrl+Enter the link.
import { api } from "../../core/api.js";
import { openDialog } from "../../core/dialog.js";
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { chip } from "../../core/parts.js";
import { announce } from "../../core/toast.js";
import { fallbackChip, matchWords, usedWords, withMarks } from "./words.js";

const WAIT = 160; // milliseconds after the last letter
const MOST = 12;

/** `suggested`: shown before anything is typed; `insert(article, how)`, null: only to read. */
export function openArticleSearch({ suggested, insert }) {
  let rows = suggested;
  let words = [];
  let text = "";
  let at = 0;
  let failed = "";
  let timer = 0;
  let asking = null;
  const dialog = openDialog({ title: t("Knowledge"), size: "wide", content });

  async function find() {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = text ? await api.get("/api/v1/articles", { text, status: "published", limit: MOST }, { signal: asking.signal }) : { items: suggested, words: [] };
      [rows, words, at, failed] = [answer.items, answer.words, 0, ""];
    } catch (error) {
      if (error.name === "AbortError") return;
      failed = error.title ?? t("Something went wrong. Try again.");
    }
    dialog.update();
  }

  function typed(event) {
    text = event.target.value.trim();
    clearTimeout(timer);
    timer = setTimeout(find, WAIT);
  }

  function take(article, how = "text") {
    if (!article) return;
    dialog.close();
    if (insert) insert(article, how);
    else location.assign(`/knowledge/${article.id}`);
  }

  function pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (step && rows.length) {
      event.preventDefault();
      at = (at + step + rows.length) % rows.length;
      dialog.update();
      document.getElementById(`article-choice-${at}`)?.scrollIntoView({ block: "nearest" });
      announce(rows[at].title);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(rows[at], (event.ctrlKey || event.metaKey) && rows[at]?.public ? "link" : "text");
    }
  }

  function option(row, index) {
    return html`<li id=${`article-choice-${index}`} role="option" aria-selected=${String(index === at)} @click=${() => take(row)}>
    <div class="grow stack tight"><span class="row-of wrap"><strong>${withMarks(row.title, words)}</strong>${row.public ? nothing : chip(t("Internal"), { icon: "lock" })}${fallbackChip(row)}</span>
      <span class="small soft clip">${row.matches ? matchWords(row.matches) : withMarks(row.excerpt, words)}</span><span class="tiny soft">${usedWords(row)}</span></div></li>`;
  }

  function content() {
    return html`<div class="macro-list article-choices">
      <input type="search" class="form-control" autofocus role="combobox" aria-expanded="true" aria-controls="article-choices" aria-activedescendant=${rows[at] ? `article-choice-${at}` : nothing}
        aria-label=${t("Find an article")} placeholder=${t("Find an article")} @input=${typed} @keydown=${pressed}>
      ${failed ? html`<p class="small" role="alert">${failed}</p>` : nothing}
      <ul id="article-choices" role="listbox" aria-label=${t("Articles")}>${rows.map(option)}</ul>
      ${rows.length || failed ? nothing : html`<p class="soft small" role="status">${text ? t("No article has these words.") : t("Type what it is about.")}</p>`}
      ${rows.length && insert ? html`<p class="small soft row-of wrap"><span><kbd>↵</kbd> ${t("inserts the text")}</span><span><kbd>Ctrl ↵</kbd> ${t("a link, where customers may read it")}</span>
          <a class="btn btn-quiet btn-sm" href=${`/knowledge/${rows[at]?.id}`} target="_blank">${icon("external-link", { size: "small" })}${t("Read it")}</a></p>` : nothing}
    </div>`;
  }
}
