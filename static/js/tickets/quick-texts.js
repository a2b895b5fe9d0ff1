// A canned answer while writing: a slash and the beginning of its short word or name; arrows choose, Enter or Tab puts it in, Escape leaves.
import { api } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatList, t } from "../core/i18n.js";
import { announce, toast, toastError } from "../core/toast.js";
import { fitting } from "./quick-text-choice.js";

const ASKED = /(^|\s)\/([\p{L}\p{N}_-]*)$/u;

/** quickTexts({number, list() (the element to draw in), changed(value)}) → {typed(textarea), pressed(event)}: `pressed` says whether the key was taken. */
export function quickTexts({ number, list, changed }) {
  let answers = null;
  let found = [];
  let at = 0;
  let start = -1; // where the slash stands; -1: none

  function close(input) {
    [found, start] = [[], -1];
    draw(input);
  }

  async function typed(input) {
    const asked = ASKED.exec(input.value.slice(0, input.selectionStart));
    if (!asked) {
      if (start >= 0) close(input);
      return;
    }
    start = input.selectionStart - asked[2].length - 1;
    answers ??= api.get("/api/v1/canned-answers").then(({ items }) => items, () => []);
    found = fitting(await answers, asked[2]);
    at = 0;
    draw(input);
  }

  function pressed(event) {
    if (!found.length || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      at = (at + step + found.length) % found.length;
      draw(event.target);
      announce(found[at].name);
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) take(found[at], event.target);
    else if (event.key === "Escape") close(event.target);
    else return false;
    event.preventDefault();
    return true;
  }

  async function take(answer, input) {
    const [from, to] = [start, input.selectionStart];
    close(input);
    try {
      const { text, missing } = await api.post(`/api/v1/tickets/${number}/canned-answer-uses`, { answer_id: answer.id });
      input.setRangeText(text, from, to, "end");
      changed(input.value);
      input.focus();
      if (missing.length) toast(t("Not known here, left out: %(names)s", { names: formatList(missing) }));
    } catch (error) {
      toastError(error);
    }
  }

  const option = (answer, index, input) => html`<li id=${`quick-text-${index}`} role="option" aria-selected=${String(index === at)} @pointerdown=${(event) => event.preventDefault()} @click=${() => take(answer, input)}>
    ${icon("message", { size: "small" })}<span class="grow clip">${answer.folder ? html`<span class="soft">${answer.folder} / </span>` : nothing}${answer.name}</span>${answer.shortcut ? html`<kbd>/${answer.shortcut}</kbd>` : nothing}</li>`;

  function draw(input) {
    render(found.length ? html`<ul id="quick-texts" class="quick-texts" role="listbox" aria-label=${t("Canned answers")}>${found.map((answer, index) => option(answer, index, input))}</ul>` : nothing, list());
    if (found.length) input.setAttribute("aria-activedescendant", `quick-text-${at}`);
    else input.removeAttribute("aria-activedescendant");
  }

  return { typed, pressed };
}
