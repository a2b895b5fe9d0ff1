// The break of one weekly shift: how long, and within which times. Kept with the week.
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { clockText } from "./time-input.js";
import { field } from "./fields.js";

/** editBreak(shift, done): changes `shift` in place. */
export function editBreak(shift, done) {
  const content = (close) => {
    const leave = (values) => {
      Object.assign(shift, values);
      close();
      done();
    };
    const keep = (event) => {
      event.preventDefault();
      const { minutes, from, until } = event.target.elements;
      const wrong = [from, until].filter((input) => clockText(input.value) === null);
      for (const input of [from, until]) input.classList.toggle("is-invalid", wrong.includes(input));
      if (wrong.length) return wrong[0].focus();
      return leave({ break_minutes: Number(minutes.value), break_from: clockText(from.value), break_until: clockText(until.value) });
    };
    return html`<form class="stack" @submit=${keep}>
      ${field({ name: "minutes", label: t("Minutes"), type: "number", min: 1, max: 180, value: shift.break_minutes || 30 })}
      <div class="fields">
        ${field({ name: "from", label: t("Not before"), value: shift.break_from ?? "12:00", mode: "numeric" })}
        ${field({ name: "until", label: t("Over by"), value: shift.break_until ?? "14:00", mode: "numeric" })}
      </div>
      <div class="form-actions"><button class="btn btn-primary">${t("Keep")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button>
        <span class="grow"></span>${shift.break_minutes ? html`<button type="button" class="btn" @click=${() => leave({ break_minutes: 0, break_from: null, break_until: null })}>${t("No break")}</button>` : nothing}</div>
    </form>`;
  };
  openDialog({ title: t("Break"), size: "small", content });
}
