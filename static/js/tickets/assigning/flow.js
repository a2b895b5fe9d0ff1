// On a customer's page: by department or by one representative, who stands in, and the switch with what it would move.
import { ApiError, api, newKey } from "../../core/api.js";
import { formValues, showErrors } from "../../core/form.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { openDialog } from "../../core/dialog.js";
import { t, tn } from "../../core/i18n.js";
import { toast, toastError } from "../../core/toast.js";
import { check, named, select } from "../../staff/fields.js";
import { flowWord, skippedText } from "./words.js";

const place = document.getElementById("service-flow");
const { people, may_write: mayWrite, flow: first } = JSON.parse(document.getElementById("service-flow-data").textContent);
const path = `/api/v1/customers/${first.customer_id}/service-flow`;
let flow = first;

const reload = async () => {
  flow = await api.get(path);
  draw();
};

function nowText() {
  if (flow.flow === "department") return t("New tickets go to the queue, and from there as its rules say.");
  if (!flow.now) return t("Nobody of them is there: new tickets go to the queue.");
  return flow.now.how === "deputy" ? t("New tickets go to %(name)s at the moment, who stands in.", { name: flow.now.name }) : t("New tickets go to %(name)s.", { name: flow.now.name });
}

function draw() {
  render(
    html`<div class="part-head"><h2 class="grow">${t("Service flow")}</h2>
        ${mayWrite ? html`<button type="button" class="btn btn-sm" @click=${change}>${icon("pencil", { size: "small" })}${t("Change")}</button>` : nothing}</div>
      <div class="part-body"><dl class="facts">
        <dt>${t("Served")}</dt><dd>${flowWord(flow.flow)}${flow.service_flow ? nothing : html` <span class="soft">${t("as the firm does")}</span>`}</dd>
        ${flow.representative ? html`<dt>${t("Representative")}</dt><dd>${flow.representative}</dd>` : nothing}
        ${flow.deputy ? html`<dt>${t("Deputy")}</dt><dd>${flow.deputy}</dd>` : nothing}
        <dt>${t("At the moment")}</dt><dd>${nowText()}${flow.skipped.length ? html`<div class="small soft">${flow.skipped.map((one) => html`<div>${skippedText(one)}</div>`)}</div>` : nothing}</dd>
      </dl></div>`,
    place,
  );
}

const previewText = (found) => {
  if (!found) return nothing;
  if (!found.open) return t("There are no open tickets.");
  if (!found.move) return t("None of the open tickets would change hands.");
  const text = tn("%(count)s open ticket would change hands", "%(count)s open tickets would change hands", found.move);
  return found.to ? t("%(what)s: to %(name)s.", { what: text, name: found.to }) : t("%(what)s: to whom the rules find.", { what: text });
};

/** What the form says, as the API takes it. */
const changesOf = (form) => {
  const { service_flow: own, representative_id: representative, deputy_id: deputy } = formValues(form);
  return { service_flow: own, representative_id: representative, deputy_id: deputy };
};

function change() {
  let preview = null;
  let asked = 0;
  const look = async (form) => {
    asked += 1;
    const mine = asked;
    const found = await api.post(`${path}-previews`, changesOf(form)).catch(() => null);
    if (mine !== asked) return;
    preview = found;
    dialog.update();
  };
  const dialog = openDialog({
    title: t("Service flow"),
    content: (close) => html`<form class="stack" @submit=${(event) => save(event, close)} @change=${(event) => look(event.currentTarget)}>
      <div class="form-errors" role="alert" hidden></div>
      ${select({ name: "service_flow", label: t("Served"), value: flow.service_flow, none: t("As the firm does: %(flow)s", { flow: flowWord(flow.firm_flow) }), options: ["department", "representative"].map((value) => ({ value, label: flowWord(value) })), hint: t("By department: whoever serves the queue. One representative: this person has everything of the customer.") })}
      <div class="fields">
        ${select({ name: "representative_id", label: t("Representative"), value: flow.representative_id, options: named(people), none: t("Nobody in particular"), number: true })}
        ${select({ name: "deputy_id", label: t("Deputy"), value: flow.deputy_id, options: named(people), none: t("The representative's own"), number: true, hint: t("While the representative is away") })}
      </div>
      ${check({ name: "move_open", label: t("Open tickets change hands too"), value: false })}
      <p class="small soft" role="status">${previewText(preview)}</p>
      <div class="form-actions"><button class="btn btn-primary">${t("Save")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div>
    </form>`,
  });
  look(dialog.element.querySelector("form"));
}

async function save(event, close) {
  event.preventDefault();
  const form = event.currentTarget;
  try {
    const answer = await api.put(path, { ...changesOf(form), move_open: form.elements.move_open.checked, version: flow.version }, { key: newKey() });
    flow = answer;
    draw();
    close();
    toast(answer.moved ? tn("Saved; %(count)s ticket changed hands", "Saved; %(count)s tickets changed hands", answer.moved) : t("Saved."), { undo: () => takeBack(answer.handover_id) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showErrors(form, error);
    if (error.status === 409) await reload();
  }
}

async function takeBack(id) {
  try {
    const { kept } = await api.delete(`/api/v1/handovers/${id}`);
    toast(kept ? tn("Taken back; %(count)s ticket was changed since and stays", "Taken back; %(count)s tickets were changed since and stay", kept) : t("Taken back"));
    await reload();
  } catch (error) {
    toastError(error);
  }
}

draw();
