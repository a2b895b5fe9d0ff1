// A link or token that is shown once, with a button that copies it.
import { html, icon } from "./html.js";
import { openDialog } from "./dialog.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

async function copy(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("Copied."));
  } catch {
    getSelection().selectAllChildren(element);
    toast(t("Press Ctrl C to copy it."));
  }
}

/** Show `secret` in a dialog. Resolves when it is closed. */
export function showSecret({ title, text, secret }) {
  const { closed } = openDialog({
    title,
    content: (close) => html`<div class="stack">
      <p>${text}</p>
      <div class="secret"><code>${secret}</code>
        <button type="button" class="btn" autofocus @click=${(event) => copy(secret, event.currentTarget.previousElementSibling)}>${icon("copy")}${t("Copy")}</button>
      </div>
      <div class="form-actions"><button type="button" class="btn" @click=${() => close()}>${t("Done")}</button></div>
    </div>`,
  });
  return closed;
}
