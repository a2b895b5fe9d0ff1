// A form in a dialog that goes through the API: closes when it was saved, keeps everything typed when it was not.
import { enhance } from "../core/form.js";
import { html, nothing } from "../core/html.js";
import { openDialog } from "../core/dialog.js";
import { t } from "../core/i18n.js";

/**
 * formDialog({title, content (template of the fields), method, path, body(values), save (label), beside (template at the end of the
 * actions), size, done(answer)}). Returns the dialog.
 */
export function formDialog({ title, content, method = "post", path, body = (values) => values, save = t("Save"), beside = nothing, size = "", done }) {
  const dialog = openDialog({
    title,
    size,
    content: (close) => html`<form class="stack">
      ${typeof content === "function" ? content(dialog) : content}
      <div class="form-actions">
        <button class="btn btn-primary">${save}</button>
        <button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button>
        <span class="grow"></span>${typeof beside === "function" ? beside(close) : beside}
      </div>
    </form>`,
  });
  enhance(dialog.element.querySelector("form"), {
    method,
    path,
    body,
    done: (answer) => {
      dialog.close(answer);
      done?.(answer);
    },
  });
  return dialog;
}
