// The versions of an article in one language: who, when, what changed; one press brings an old one back.
import { api } from "../../core/api.js";
import { openDialog } from "../../core/dialog.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatList, formatMoment, t } from "../../core/i18n.js";
import { chip, skeleton } from "../../core/parts.js";
import { toast, toastError } from "../../core/toast.js";
import { difference, LANGUAGES } from "./words.js";

/** The list, beside it what the chosen version changed. `line`: {language, latest}; `show(article)` after one was brought back. */
export async function openVersions(article, line, show) {
  const path = `/api/v1/articles/${article.id}`;
  const { language } = line;
  let rows = null;
  let chosen = null;
  let found = null;
  const dialog = openDialog({ title: t("Versions, %(language)s", { language: LANGUAGES[language] }), size: "wide", content });

  async function look(row) {
    chosen = row;
    found = null;
    dialog.update();
    try {
      const answer = await api.get(`${path}/versions/${row.number}/difference`, { language });
      if (chosen === row) found = answer;
    } catch (error) {
      toastError(error);
    }
    dialog.update();
  }

  async function restore() {
    try {
      const changed = await api.post(`${path}/restorations`, { language, number: chosen.number, base: line.latest.number });
      dialog.close();
      show(changed);
      toast(t("Version %(number)s is back, as the newest.", { number: chosen.number }));
    } catch (error) {
      toastError(error);
    }
  }

  const entry = (row) => html`<li><button type="button" class="version-choice" aria-pressed=${String(row === chosen)} @click=${() => look(row)}>
    <span class="row-of apart"><strong>${t("Version %(number)s", { number: row.number })}</strong>${row.published ? chip(t("Published"), { kind: "brand" }) : nothing}</span>
    <span class="small soft">${row.by ?? ""} · ${formatMoment(row.at)}</span>
    ${row.restored_from ? html`<span class="small">${t("version %(number)s again", { number: row.restored_from })}</span>` : nothing}
    ${row.note ? html`<span class="small">${row.note}</span>` : nothing}</button></li>`;

  function changes() {
    if (!found) return skeleton(5);
    const { old, title, text, files_added: added, files_removed: removed, only_form: onlyForm } = found;
    return html`<div class="stack">
      <div class="row-of apart wrap"><h3>${old ? t("What it changed against version %(number)s", { number: old.number }) : t("The first version")}</h3>
        ${chosen.number !== line.latest.number && article.status !== "archived" ? html`<button type="button" class="btn" @click=${restore}>${icon("history")}${t("Bring this version back")}</button>` : nothing}</div>
      ${onlyForm ? html`<p class="soft">${t("The words are the same: only formatting or pictures changed.")}</p>` : nothing}
      <div class="strong">${difference(title)}</div>${difference(text)}
      ${added.length ? html`<p class="small">${t("Attached: %(names)s", { names: formatList(added) })}</p>` : nothing}
      ${removed.length ? html`<p class="small">${t("No longer attached: %(names)s", { names: formatList(removed) })}</p>` : nothing}</div>`;
  }

  function content() {
    return rows ? html`<div class="versions"><ul class="plain-list">${rows.map(entry)}</ul><div aria-live="polite">${changes()}</div></div>` : skeleton(5);
  }

  try {
    rows = (await api.get(`${path}/versions`, { language })).items;
    look(rows[0]);
  } catch (error) {
    dialog.close();
    toastError(error);
  }
}
