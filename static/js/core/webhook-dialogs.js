// What a webhook asks before: a new secret, sending again.
import { openDialog } from "./dialog.js";
import { enhance } from "./form.js";
import { html } from "./html.js";
import { t } from "./i18n.js";

function ask({ title, fields, path, yes, done }) {
  const dialog = openDialog({
    title,
    content: (close) => html`<form class="stack">${fields}
      <div class="form-actions"><button class="btn btn-primary">${yes}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div>
    </form>`,
  });
  enhance(dialog.element.querySelector("form"), {
    path,
    done: (answer) => {
      dialog.close();
      done(answer);
    },
  });
}

/** A new secret; `done({webhook, secret})`. */
export const askRotation = (address, done) =>
  ask({
    title: t("New secret"),
    path: `${address}/secret`,
    yes: t("Make a new secret"),
    done,
    fields: html`<div class="field"><label class="form-label" for="overlap">${t("The old one stays valid")}</label>
      <select class="form-select" id="overlap" name="overlap_hours" data-type="number" aria-describedby="overlap-hint">
        <option value="24" selected>${t("for a day")}</option><option value="72">${t("for three days")}</option><option value="168">${t("for a week")}</option><option value="0">${t("not at all: it leaked")}</option>
      </select><div class="form-hint" id="overlap-hint">${t("So long each delivery carries two signatures, and the receiver may check either.")}</div></div>`,
  });

/** Send again from a time on; `done({count})`. */
export function askReplay(address, done) {
  const dayAgo = new Date(Date.now() - 86_400_000);
  const local = new Date(dayAgo - dayAgo.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  ask({
    title: t("Send again"),
    path: `${address}/replay`,
    yes: t("Send again"),
    done,
    fields: html`<div class="field"><label class="form-label" for="since">${t("What failed since")}</label><input class="form-control" id="since" name="since" type="datetime-local" value=${local} required /></div>
      <label class="form-check" for="missed"><input class="form-check-input" type="checkbox" id="missed" name="missed" aria-describedby="missed-hint" /><span class="form-check-label">${t("Also what happened while it was paused or not there yet")}</span></label>
      <div class="form-hint" id="missed-hint">${t("Events are kept for 14 days.")}</div>`,
  });
}
