// Short messages at the lower edge. What can be undone is undone from here instead of being confirmed beforehand.
import { t } from "./i18n.js";
import { html, icon, render } from "./html.js";

const SECONDS = { plain: 6, undo: 10, problem: 0 }; // 0: stays until closed

function box() {
  let found = document.getElementById("toasts");
  if (!found) {
    found = document.createElement("div");
    found.id = "toasts";
    found.className = "toasts";
    document.body.append(found);
  }
  if (!found.hasAttribute("popover")) found.setAttribute("popover", "manual"); // the top layer: above open dialogs
  return found;
}

/**
 * Show a message. `undo`: called when the person takes it back. `kind` "problem": stays until closed and is read out at once.
 * `action`: {label, run}. Returns a function that closes it.
 */
export function toast(text, { kind = "plain", undo = null, action = null, seconds = undo ? SECONDS.undo : SECONDS[kind] } = {}) {
  const holder = box();
  const element = document.createElement("div");
  element.className = `toast-line toast-${kind}`;
  element.setAttribute("role", kind === "problem" ? "alert" : "status");
  let timer = 0;
  const close = () => {
    clearTimeout(timer);
    element.remove();
    if (!holder.childElementCount && holder.matches(":popover-open")) holder.hidePopover();
  };
  const wait = () => {
    clearTimeout(timer);
    if (seconds) timer = setTimeout(close, seconds * 1000);
  };
  const act = (run) => () => {
    close();
    run();
  };
  const button = undo ? { label: t("Undo"), run: undo } : action;
  holder.append(element);
  if (!holder.matches(":popover-open")) holder.showPopover();
  render(
    html`${icon(kind === "problem" ? "alert-circle" : undo ? "arrow-back-up" : "check")}
      <div class="grow">${text}</div>
      ${button ? html`<button type="button" class="btn btn-sm" @click=${act(button.run)}>${button.label}</button>` : ""}
      <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Close")} @click=${close}>${icon("x", { size: "small" })}</button>`,
    element,
  );
  // Nobody loses an "Undo" while reaching for it.
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", wait);
  element.addEventListener("focusin", () => clearTimeout(timer));
  element.addEventListener("focusout", wait);
  wait();
  return close;
}

/** What an ApiError (or a bug) has to say. */
export const toastError = (error) => toast(error?.title ?? t("Something went wrong. Try again."), { kind: "problem" });

/** Say something to screen readers only. */
export function announce(text) {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}
