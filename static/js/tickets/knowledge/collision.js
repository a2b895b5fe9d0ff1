// Somebody saved the same text meanwhile: both are shown, neither is lost.
import { openDialog } from "../../core/dialog.js";
import { html } from "../../core/html.js";
import { formatMoment, t } from "../../core/i18n.js";
import { articleBody } from "./body.js";

/** Resolves "mine" (save on top of theirs), "theirs" (go on with theirs) or undefined (go on writing). */
export function askWhose(error, mine, language) {
  const { theirs } = error.body;
  const side = (name, beside, { title, body }) => html`<section class="note stack"><div class="tiny soft">${name}${beside ? html` · ${beside}` : ""}</div><strong>${title}</strong>${articleBody(body, language)}</section>`;
  const { closed } = openDialog({
    title: t("Saved meanwhile"),
    size: "wide",
    content: (close) => html`<div class="stack">
      <p>${error.title} ${t("Theirs is kept among the versions in any case.")}</p>
      <div class="two-sides">${side(theirs.by, formatMoment(theirs.at), theirs)}${side(t("Yours"), "", mine)}</div>
      <div class="form-actions">
        <button type="button" class="btn btn-primary" @click=${() => close()}>${t("Go on writing")}</button>
        <button type="button" class="btn" @click=${() => close("mine")}>${t("Save mine on top")}</button>
        <button type="button" class="btn" @click=${() => close("theirs")}>${t("Take theirs")}</button>
      </div></div>`,
  });
  return closed;
}
