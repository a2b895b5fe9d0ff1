// What each kind of ticket asks when it is opened or resolved: the fields that every ticket has, and the custom ones of that kind.
import { api, pageData } from "../../core/api.js";
import { html, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { toast, toastError } from "../../core/toast.js";
import { isFor } from "../custom-fields.js";
import { requiredWord } from "./field-form.js";

const LEVELS = { hidden: () => t("not asked"), asked: () => t("asked, may stay empty"), opening: () => t("required when opening"), resolving: () => t("required when resolving") };

async function save(place, kind, name, select) {
  const before = pageData.asks[kind][name];
  const put = async (level) => {
    const answer = await api.patch(`/api/v1/ticket-kinds/${kind}`, { asks: { [name]: level } });
    pageData.asks[kind] = answer.asks;
    draw(place, kind);
  };
  try {
    await put(select.value);
    toast(t("Saved."), { undo: () => put(before).catch(toastError) });
  } catch (error) {
    select.value = before;
    toastError(error);
  }
}

function draw(place, kind) {
  const own = pageData.fields.filter((one) => !one.retired && isFor(one, kind));
  render(
    html`<div class="stack tight">
      ${pageData.standard.map(({ name, label }) => {
        const id = `ask-${kind}-${name}`;
        return html`<div class="ask-line"><label for=${id}>${label}</label><select class="form-select" id=${id} @change=${(event) => save(place, kind, name, event.target)}>${pageData.levels.map((level) => html`<option value=${level} ?selected=${level === pageData.asks[kind][name]}>${LEVELS[level]()}</option>`)}</select></div>`;
      })}
      ${own.map((one) => html`<div class="ask-line"><span>${one.label}</span><span class="small soft">${t("required: %(when)s", { when: requiredWord(one.required) })}</span></div>`)}
      <p class="small"><a href="/settings/fields">${own.length ? t("Change the custom fields") : t("Add a custom field")}</a></p>
    </div>`,
    place,
  );
}

for (const place of document.querySelectorAll("[data-form]")) draw(place, place.dataset.form);
