// Native <dialog>: focus stays inside, Escape closes, focus goes back to where it was.
import { t } from "./i18n.js";
import { html, icon, nothing, render } from "./html.js";

/**
 * Open a dialog. `content(close)` is a lit template, drawn again by the returned `update()`. `side` opens it as a panel at the right.
 * Returns {element, close, update, closed}: `closed` resolves with what `close(value)` was given, undefined after Escape.
 */
export function openDialog({ title, content, size = "", side = false }) {
  const element = document.createElement("dialog");
  element.className = ["dialog", side ? "dialog-side" : "", size ? `dialog-${size}` : ""].join(" ").trim();
  const heading = `dialog-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  element.setAttribute("aria-labelledby", heading);
  let result;
  const close = (value) => {
    result = value;
    element.close();
  };
  const update = () =>
    render(
      html`<div class="dialog-head">
          <h2 id=${heading}>${title}</h2>
          <button type="button" class="btn btn-quiet btn-icon" aria-label=${t("Close")} @click=${() => close()}>${icon("x")}</button>
        </div>
        <div class="dialog-body">${content(close)}</div>`,
      element,
    );
  update();
  document.body.append(element);
  const closed = new Promise((resolve) => {
    element.addEventListener("close", () => {
      element.remove();
      resolve(result);
    });
  });
  // Only a press that begins on the backdrop closes: not a text selection that ends there.
  element.addEventListener("pointerdown", (event) => {
    if (event.target === element) element.addEventListener("click", (click) => click.target === element && close(), { once: true });
  });
  element.showModal();
  element.querySelector("[autofocus], .dialog-body input, .dialog-body select, .dialog-body textarea, .dialog-body button")?.focus();
  return { element, close, update, closed };
}

/** Ask before what cannot be undone. Resolves true or false. `text` says what will happen; `yes` names the deed ("Delete mailbox"). */
export async function confirmDialog({ title, text, yes, no = t("Cancel") }) {
  const { closed } = openDialog({
    title,
    size: "small",
    content: (close) =>
      html`<div class="stack">
        ${text ? html`<p>${text}</p>` : nothing}
        <div class="form-actions">
          <button type="button" class="btn btn-primary" @click=${() => close(true)}>${yes}</button>
          <button type="button" class="btn" @click=${() => close(false)}>${no}</button>
        </div>
      </div>`,
  });
  return (await closed) === true;
}
