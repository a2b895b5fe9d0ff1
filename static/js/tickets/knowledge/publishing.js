// What becomes of an article: edited, published, withdrawn, archived, looked at again, removed.
import { api, pageData } from "../../core/api.js";
import { confirmDialog, openDialog } from "../../core/dialog.js";
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { toast, toastError } from "../../core/toast.js";
import { field } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";
import { statusWord } from "./words.js";

const KIND = { email: () => t("Email address"), phone: () => t("Phone number"), name: () => t("Name") };
const HALF_A_YEAR = 182 * 86_400_000;

/** Ask about what looks like private data. Resolves with the texts that may stand there, undefined when it was closed. */
async function askAbout(findings, id, language) {
  const kept = new Set();
  const dialog = openDialog({
    title: t("Private data?"),
    content: (close) => html`<div class="stack">
      <p>${t("This looks like somebody's data. Tick what may stand in the article, or go back and remove it.")}</p>
      <ul class="plain-list">${findings.map(
        ({ kind, text }) => html`<li><label class="form-check"><input type="checkbox" class="form-check-input" @change=${(event) => { if (event.target.checked) kept.add(text); else kept.delete(text); dialog.update(); }}><span class="form-check-label"><strong>${text}</strong> <span class="small soft">${KIND[kind]()}</span></span></label></li>`,
      )}</ul>
      <div class="form-actions"><button type="button" class="btn btn-primary" ?disabled=${kept.size < new Set(findings.map((one) => one.text)).size} @click=${() => close([...kept])}>${t("These may stand there: publish")}</button>
        <a class="btn" href=${`/knowledge/${id}/edit?language=${language}`}>${t("Go back and remove")}</a></div></div>`,
  });
  return dialog.closed;
}

async function publish(article, line, show) {
  const path = `/api/v1/articles/${article.id}/publication`;
  const seen = Object.fromEntries(article.lines.map((one) => [one.language, one.latest.number]));
  const confirmed = article.findings.length ? await askAbout(article.findings, article.id, line.language) : [];
  if (!confirmed) return;
  await deed(api.post(path, { confirmed, seen }), show, article.public ? t("Published: customers find it in the help centre.") : t("Published for colleagues."), () => api.delete(path));
}

async function deed(work, show, said, back = null) {
  try {
    show(await work);
    toast(said, back ? { undo: () => deed(back(), show, t("Taken back")) } : {});
  } catch (error) {
    toastError(error);
  }
}

function review(article, show) {
  const next = new Date(Date.now() + HALF_A_YEAR).toISOString().slice(0, 10);
  formDialog({
    title: t("It is right as it is"),
    content: field({ name: "review_by", label: t("Look at it again by"), type: "date", value: next, hint: t("Empty: never") }),
    path: `/api/v1/articles/${article.id}/review`,
    body: (values) => ({ review_by: values.review_by }),
    done: (answer) => {
      show(answer);
      toast(t("Reviewed"));
    },
  });
}

async function remove(article) {
  const sure = await confirmDialog({ title: t("Remove this article?"), text: t("It goes with all its versions, for good. Archiving keeps it."), yes: t("Remove article") });
  if (!sure) return;
  try {
    await api.delete(`/api/v1/articles/${article.id}`);
    location.assign("/knowledge");
  } catch (error) {
    toastError(error);
  }
}

/** The buttons; what one may not do is not there. */
export function deeds(article, line, show) {
  const { may_write: mayWrite, may_publish: mayPublish } = pageData;
  if (!mayWrite) return nothing;
  const path = `/api/v1/articles/${article.id}`;
  const archival = `${path}/archival`;
  const isNew = article.status === "draft" || article.unpublished;
  const archived = article.status === "archived";
  const button = (name, picture, run, kind = "") => html`<button type="button" class=${`btn ${kind}`} @click=${run}>${icon(picture)}${name}</button>`;
  return html`<section class="panel stack"><h2>${statusWord(article.status)}</h2>
    ${mayPublish && !archived && isNew ? button(article.status === "draft" ? t("Publish") : t("Publish the newest text"), "world", () => publish(article, line, show), "btn-primary") : nothing}
    ${!mayPublish && isNew && !archived ? html`<p class="small soft">${t("Somebody who may publish makes it visible.")}</p>` : nothing}
    ${archived ? nothing : html`<a class="btn" data-key="e" href=${`/knowledge/${article.id}/edit?language=${line.language}`}>${icon("pencil")}${t("Edit")}</a>`}
    ${mayPublish && article.status !== "draft" && !archived ? button(t("Back to draft"), "arrow-back-up", () => deed(api.delete(`${path}/publication`), show, t("A draft again"))) : nothing}
    ${mayPublish && !archived ? button(t("Reviewed…"), "checks", () => review(article, show)) : nothing}
    ${mayPublish && !archived ? button(t("Archive"), "archive", () => deed(api.post(archival), show, t("Archived"), () => api.delete(archival))) : nothing}
    ${mayPublish && archived ? button(t("Out of the archive"), "arrow-back-up", () => deed(api.delete(archival), show, t("Back"), () => api.post(archival))) : nothing}
    ${!article.used && (mayPublish || article.status === "draft") ? button(t("Remove…"), "trash", () => remove(article), "btn-quiet") : nothing}
  </section>`;
}
