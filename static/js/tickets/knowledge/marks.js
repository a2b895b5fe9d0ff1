// Helpful or not, with a word why.
import { api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatMoment, t } from "../../core/i18n.js";
import { openDialog } from "../../core/dialog.js";
import { toast, toastError } from "../../core/toast.js";
import { area } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";

/** Two buttons with their counts; `show(article)` after a change. */
export function marks(article, show) {
  const path = `/api/v1/articles/${article.id}/mark`;
  const mine = article.mine?.helpful;
  const put = async (work, said) => {
    try {
      show(await work);
      toast(said);
    } catch (error) {
      toastError(error);
    }
  };
  const press = (helpful) => {
    if (mine === helpful) put(api.delete(path), t("Taken back"));
    else if (helpful) put(api.put(path, { helpful }), t("Thank you."));
    else
      formDialog({
        title: t("What is missing or wrong?"),
        content: area({ name: "comment", label: t("For its author"), value: article.mine?.comment ?? "" }),
        method: "put",
        path,
        body: (values) => ({ helpful: false, comment: values.comment ?? "" }),
        done: (answer) => {
          show(answer);
          toast(t("Thank you."));
        },
      });
  };
  return html`<div class="row-of wrap article-marks"><span class="small soft">${t("Did it help you?")}</span>
    <button type="button" class="btn" aria-pressed=${String(mine === true)} @click=${() => press(true)}>${icon("thumb-up")}${t("Helpful")} <span class="number">${article.helpful}</span></button>
    <button type="button" class="btn" aria-pressed=${String(mine === false)} @click=${() => press(false)}>${icon("thumb-down")}${t("Not helpful")} <span class="number">${article.not_helpful}</span></button>
    ${article.helpful + article.not_helpful ? html`<button type="button" class="btn btn-quiet" @click=${() => openMarks(article)}>${t("Who said what…")}</button>` : nothing}</div>`;
}

async function openMarks(article) {
  try {
    const { items } = await api.get(`/api/v1/articles/${article.id}/marks`);
    openDialog({
      title: t("Who said what"),
      content: () => html`<ul class="plain-list">${items.map(
        (mark) => html`<li class="stack tight"><span class="row-of">${icon(mark.helpful ? "thumb-up" : "thumb-down", { label: mark.helpful ? t("Helpful") : t("Not helpful"), size: "small" })}<strong>${mark.by}</strong><span class="small soft">${formatMoment(mark.at)}</span></span>${mark.comment ? html`<span class="timeline-text">${mark.comment}</span>` : nothing}</li>`,
      )}</ul>`,
    });
  } catch (error) {
    toastError(error);
  }
}
