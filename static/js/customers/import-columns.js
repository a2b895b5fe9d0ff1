// Step one: what each column of the table stands for.
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { countries, languages } from "../staff/fields.js";

const REPEATABLE = new Set(["phone", "email", "notes", ""]);

/** The step. `send(body)` is called with {targets, country, language}; `cancel` leads back, null on the first time. */
export function columnsStep(found, { sample, countries: codes, languages: names }, send, cancel) {
  const chosen = (form) => [...form.querySelectorAll("select[data-column]")].map((select) => select.value);

  const submit = (event) => {
    event.preventDefault();
    const form = event.target;
    send({ targets: chosen(form), country: form.elements.country.value, language: form.elements.language.value });
  };

  // One column only may be the name: choosing it a second time frees the first.
  const changed = (event) => {
    const { value, form } = event.target;
    if (REPEATABLE.has(value)) return;
    for (const other of form.querySelectorAll("select[data-column]")) if (other !== event.target && other.value === value) other.value = "notes";
  };

  const row = (header, place) => html`<tr>
    <th scope="row">${header}</th>
    <td class="soft sample"><div class="clip">${sample.map((line) => line.cells[place]).filter(Boolean).slice(0, 3).join(" · ") || "–"}</div></td>
    <td><select class="form-select" data-column aria-label=${t("“%(header)s” stands for", { header })} @change=${changed}>
      ${found.choices.map((choice) => html`<option value=${choice.key} ?selected=${choice.key === found.targets[place]}>${choice.name}</option>`)}
    </select></td>
  </tr>`;

  return html`<form class="stack" @submit=${submit}>
    <p>${t("We guessed what the columns stand for. Look them through; what is unknown is kept in the notes.")}</p>
    <div class="table-scroll"><table class="table table-dense columns-table">
      <thead><tr><th scope="col">${t("Column in the file")}</th><th scope="col">${t("For example")}</th><th scope="col">${t("Stands for")}</th></tr></thead>
      <tbody>${found.headers.map(row)}</tbody></table></div>
    <div class="fields">
      <div class="field"><label class="form-label" for="import-country">${t("Country")}</label>
        <select class="form-select" id="import-country" name="country">${countries(codes).map(({ value, label }) => html`<option value=${value} ?selected=${value === found.country}>${label}</option>`)}</select>
        <div class="form-hint">${t("Of numbers and addresses that name none")}</div></div>
      <div class="field"><label class="form-label" for="import-language">${t("Language")}</label>
        <select class="form-select" id="import-language" name="language">${languages(names).map(({ value, label }) => html`<option value=${value} ?selected=${value === found.language}>${label}</option>`)}</select>
        <div class="form-hint">${t("Of customers whose line names none")}</div></div>
    </div>
    <div class="form-actions"><button class="btn btn-primary">${icon("list-check")}${t("Check all lines")}</button>
      ${cancel ? html`<button type="button" class="btn" @click=${cancel}>${t("Cancel")}</button>` : nothing}</div>
  </form>`;
}
