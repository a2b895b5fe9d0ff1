// The facts of an article as a form: for whom, where it stands, what it is about, who looks at it again.
import { html } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { check, field, named, select } from "../../staff/fields.js";
import { KINDS, kindWord } from "../words.js";

const commas = (text) => (text ?? "").split(/[,，、]/).map((word) => word.trim()).filter(Boolean);

/** `choices`: {categories, people, may_publish}. */
export const factFields = (article, { categories, people, may_publish: mayPublish }) => html`
  ${select({ name: "category_id", label: t("Category"), value: article.category_id, none: t("none"), number: true, options: named(categories) })}
  ${mayPublish || article.status !== "published" ? check({ name: "public", label: t("Customers may read it, once it is published"), value: article.public }) : ""}
  ${field({ name: "tags", label: t("Tags"), value: article.tags.join(", "), hint: t("Separated by commas") })}
  <fieldset class="stack tight"><legend class="form-label">${t("Kinds of tickets")}</legend><div class="row-of wrap">${KINDS.map(
    (kind) => html`<label class="form-check"><input type="checkbox" class="form-check-input" name="kinds" data-list value=${kind} .checked=${article.kinds.includes(kind)}><span class="form-check-label">${kindWord(kind)}</span></label>`,
  )}</div></fieldset>
  ${field({ name: "models", label: t("Models of equipment"), value: article.models.join(", "), hint: t("As on the equipment: a ticket about one is offered this article") })}
  ${field({ name: "skus", label: t("Parts (SKU)"), value: article.skus.join(", ") })}
  ${select({ name: "reviewer_id", label: t("Reviewer"), value: article.reviewer_id, none: t("nobody"), number: true, options: named(people) })}
  ${field({ name: "review_by", label: t("Review by"), type: "date", value: article.review_by ?? "" })}`;

/** The form's values as the API takes them. */
export function factValues({ category_id, public: open, tags, kinds, models, skus, reviewer_id, review_by }) {
  const facts = { category_id, tags: commas(tags), kinds, models: commas(models), skus: commas(skus), reviewer_id, review_by };
  return open === undefined ? facts : { ...facts, public: open };
}
