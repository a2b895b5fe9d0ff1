// A form that goes through the API: messages beside the fields, nothing typed is lost, the first wrong field gets the focus.
import { ApiError, api, newKey } from "./api.js";
import { t } from "./i18n.js";
import { html, icon, render } from "./html.js";

const EMPTY_IS_NULL = new Set(["number", "date", "time", "datetime-local", "select-one"]);

function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  if (input.type === "file") return input.multiple ? [...input.files] : (input.files[0] ?? null);
  if (input.multiple) return [...input.selectedOptions].map((option) => option.value);
  if (input.value === "" && (EMPTY_IS_NULL.has(input.type) || input.dataset.empty === "null")) return null;
  if (input.type === "datetime-local") return new Date(input.value).toISOString();
  if (input.type === "number" || input.dataset.type === "number") return Number(input.value);
  return input.value;
}

function put(target, path, value) {
  const parts = path.split(".");
  const last = parts.pop();
  let place = target;
  parts.forEach((part, index) => {
    place[part] ??= /^\d+$/.test(parts[index + 1] ?? last) ? [] : {};
    place = place[part];
  });
  place[last] = value;
}

/**
 * What the form holds, as JSON: names with dots nest ("site.city", "lines.0.sku"), a checkbox is true or false (several of one name, or
 * `data-list`: the list of chosen values), numbers are numbers, empty dates, numbers and choices null. The CSRF token is left out.
 */
export function formValues(form) {
  const values = {};
  const inputs = [...form.elements].filter((input) => input.name && !input.disabled && input.name !== "csrf_token" && input.type !== "submit" && input.type !== "button");
  for (const input of inputs) {
    if (input.type === "radio") {
      if (input.checked) put(values, input.name, input.value);
    } else if (input.type === "checkbox" && (input.hasAttribute("data-list") || inputs.filter((other) => other.name === input.name).length > 1)) {
      const chosen = inputs.filter((other) => other.name === input.name && other.checked).map((other) => other.value);
      put(values, input.name, chosen);
    } else {
      put(values, input.name, valueOf(input));
    }
  }
  return values;
}

const byName = (form, name) => {
  const found = form.elements.namedItem(name);
  return found instanceof RadioNodeList ? found[0] : found;
};

const messageId = (input) => `${input.id || input.name}-problem`;

function clearOne(input) {
  input.classList.remove("is-invalid");
  input.removeAttribute("aria-invalid");
  if (input.dataset.describedBefore) input.setAttribute("aria-describedby", input.dataset.describedBefore);
  else input.removeAttribute("aria-describedby");
  document.getElementById(messageId(input))?.remove();
}

/** Take all messages away. */
export function clearErrors(form) {
  for (const input of form.querySelectorAll(".is-invalid")) clearOne(input);
  for (const element of form.querySelectorAll("[data-form-error]")) element.remove();
}

function showBeside(input, texts) {
  const id = messageId(input);
  input.addEventListener("input", () => clearOne(input), { once: true }); // being mended: the reproach goes
  input.classList.add("is-invalid");
  input.setAttribute("aria-invalid", "true");
  input.dataset.describedBefore ??= input.getAttribute("aria-describedby") ?? "";
  input.setAttribute("aria-describedby", `${id} ${input.dataset.describedBefore}`.trim());
  const element = Object.assign(document.createElement("div"), { id, className: "invalid-feedback" });
  element.dataset.formError = "";
  render(html`${icon("alert-circle", { size: "small" })}<span>${texts.join(" ")}</span>`, element);
  (input.closest(".input-group, .choice, .form-check") ?? input).after(element);
}

/** Show an ApiError: beside the fields it names, the rest above the form. The first wrong field gets the focus. */
export function showErrors(form, error) {
  clearErrors(form);
  const above = [];
  for (const [name, texts] of Object.entries(error.errors ?? {})) {
    const input = byName(form, name);
    if (input && input.type !== "hidden") showBeside(input, texts);
    else above.push(...texts);
  }
  if (!Object.keys(error.errors ?? {}).length) above.push(error.title ?? t("Something went wrong. Try again."));
  if (above.length) {
    const element = Object.assign(document.createElement("div"), { className: "note note-strong", tabIndex: -1 });
    element.dataset.formError = "";
    element.setAttribute("role", "alert");
    render(html`${icon("alert-circle")}<div>${above.join(" ")}</div>`, element);
    form.prepend(element);
  }
  (form.querySelector(".is-invalid") ?? form.querySelector("[data-form-error]"))?.focus();
}

/**
 * Send the form through the API. `path` text or function of the values; `method` "post"; `body(values)` may rearrange them;
 * `done(answer, form)` is called after success (default: the page is loaded again); `reset` empties the form then.
 * A form without script: `<form data-api="POST /api/v1/tickets" data-done="/tickets/{number}">`, which page.js enhances.
 */
export function enhance(form, { method = "post", path, body = (values) => values, done = () => location.reload(), reset = false }) {
  let key = newKey();
  let sentBefore = "";
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const values = body(formValues(form), event.submitter);
    const now = JSON.stringify(values);
    if (now !== sentBefore) key = newKey(); // the same action tried again keeps its key, another one gets its own
    sentBefore = now;
    busy(form, event.submitter, true);
    try {
      const address = typeof path === "function" ? path(values) : path;
      const answer = method === "delete" ? await api.delete(address, values, { key }) : await api[method](address, values, { key });
      clearErrors(form);
      sentBefore = "";
      if (reset) form.reset();
      done(answer, form);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.offline) sentBefore = ""; // it was answered: the next try is a new action
      showErrors(form, error);
    } finally {
      busy(form, event.submitter, false);
    }
  });
}

function busy(form, button, on) {
  for (const element of [form, button]) {
    if (on) element?.setAttribute("aria-busy", "true");
    else element?.removeAttribute("aria-busy");
  }
}

/** Enhance all `form[data-api]` of the page. */
export function enhanceAll(root = document) {
  for (const form of root.querySelectorAll("form[data-api]")) {
    const [method, path] = form.dataset.api.split(" ");
    const done = form.dataset.done
      ? (answer) => location.assign(form.dataset.done.replace(/\{(\w+)\}/g, (_whole, name) => encodeURIComponent(answer?.[name] ?? "")))
      : undefined;
    enhance(form, { method: method.toLowerCase(), path, ...(done ? { done } : {}) });
  }
}
