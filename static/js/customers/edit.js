// Change the customer. When a colleague was faster, both versions are shown and nothing typed is lost.
import { ApiError, api, newKey, pageData } from "../core/api.js";
import { formValues, showErrors } from "../core/form.js";
import { html, nothing, render } from "../core/html.js";
import { openDialog } from "../core/dialog.js";
import { t } from "../core/i18n.js";
import { toast } from "../core/toast.js";
import { basicFields } from "./forms.js";
import { KINDS } from "./words.js";

const LABELS = { name: t("Name"), kind: t("Kind"), tier: t("Tier"), language: t("Language"), notes: t("Notes"), representative_id: t("Looked after by"), organisation_id: t("Belongs to") };
const tiers = Object.fromEntries(pageData.tiers.map((tier) => [tier.key, tier.name]));
const people = Object.fromEntries(pageData.people.map((person) => [person.id, person.name]));

function words(key, value) {
  if (value === null || value === "") return "–";
  return { kind: KINDS, tier: tiers, language: pageData.languages, representative_id: people }[key]?.[value] ?? (key === "organisation_id" ? `#${value}` : value);
}

const differences = (theirs, mine) => html`<div class="differences">
  <span></span><strong>${t("Now")}</strong><strong>${t("Yours")}</strong>
  ${Object.keys(LABELS).filter((key) => key in mine && theirs[key] !== mine[key]).map((key) => html`<span class="soft">${LABELS[key]}</span><span>${words(key, theirs[key])}</span><span>${words(key, mine[key])}</span>`)}
</div>`;

/** "Steinbau GmbH #12" → 12. The names come while typing. */
function organisationField(card) {
  const value = card.organisation ? `${card.organisation.name} #${card.organisation.id}` : "";
  const asked = async (event) => {
    const { items } = await api.get("/api/v1/organisations", { q: event.target.value.replace(/ #\d+$/, "") });
    render(html`${items.filter((one) => one.id !== card.id).map((one) => html`<option value="${one.name} #${one.id}"></option>`)}`, document.getElementById("organisations"));
  };
  return html`<div class="field"><label class="form-label" for="organisation">${t("Belongs to the organisation")}</label>
    <input class="form-control" id="organisation" name="organisation" list="organisations" autocomplete="off" .value=${value} placeholder=${t("Type a name")} @focus=${asked} @input=${asked} />
    <datalist id="organisations"></datalist></div>`;
}

function bodyOf(form) {
  const { organisation, ...values } = formValues(form);
  const found = /#(\d+)$/.exec(organisation.trim());
  return { ...values, organisation_id: found ? Number(found[1]) : null };
}

export function editCustomer(card, done) {
  let { version } = card;
  let conflict = nothing;
  let key = newKey();

  async function submit(event) {
    event.preventDefault();
    const form = event.target;
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    const mine = bodyOf(form);
    try {
      await api.patch(`/api/v1/customers/${card.id}`, { ...mine, version }, { key });
      dialog.close();
      toast(t("Saved."));
      done();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.offline) key = newKey();
      conflict = nothing;
      if (error.code === "version") {
        version = error.body.current.version;
        conflict = differences(error.body.current, mine);
      }
      dialog.update();
      showErrors(form, error);
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  const dialog = openDialog({
    title: t("Edit customer"),
    size: "wide",
    content: (close) => html`<form class="stack" novalidate @submit=${submit}>
      ${conflict}${basicFields(card)}${organisationField(card)}
      <div class="form-actions"><button class="btn btn-primary">${conflict === nothing ? t("Save") : t("Save mine")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div>
    </form>`,
  });
}
