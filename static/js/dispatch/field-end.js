// The end of a job: what will be reported, once more to look at, because it cannot be undone from here.
import { ApiError, api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { toast } from "../core/toast.js";
import { partName } from "./words.js";

const TITLES = { done: () => t("Finish this job"), needs_part: () => t("A part is needed"), no_access: () => t("No access") };

/** endDialog({visit, draft, van, action, send(data)}): asks what is still missing, then `send` with the report's data. */
export function endDialog({ visit, draft, van, action, send }) {
  const form = { solved: true, cores: {}, needs: [], found: [], text: "", note: draft.result };
  const used = van.filter((part) => draft.used[part.part_id]).map((part) => ({ ...part, quantity: draft.used[part.part_id] }));
  const old = action === "no_access" ? [] : used.filter((part) => part.core);
  for (const part of old) form.cores[part.part_id] = { taken: null, why: "" };
  const dialog = openDialog({ title: TITLES[action](), content: (close) => inside(close) });

  const named = (part) => (draft.serials?.[part.part_id] ?? []).filter((one) => part.serials.includes(one));

  function data() {
    const told = { result: form.note.trim() };
    if (action === "no_access") return told;
    told.checklist = { ...draft.checklist };
    told.used = used.map((part) => ({ part_id: part.part_id, quantity: part.quantity, ...(part.serial_tracked ? { serials: named(part) } : {}) }));
    told.cores = old.map((part) => ({ part_id: part.part_id, quantity: form.cores[part.part_id].taken ? part.quantity : 0, why: form.cores[part.part_id].why.trim() }));
    if (!told.cores.length) delete told.cores;
    if (action === "done") told.solved = form.solved;
    else told.parts = form.needs.map((part) => ({ part_id: part.id, quantity: part.quantity }));
    return told;
  }

  async function find(event) {
    form.text = event.target.value;
    const asked = form.text;
    try {
      const answer = asked.trim().length > 1 ? await api.get("/api/v1/field/parts", { text: asked }) : { items: [] };
      if (asked !== form.text) return;
      form.found = answer.items;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      form.found = []; // without a network the note names it
    }
    dialog.update();
  }

  function need(part) {
    form.needs = [...form.needs.filter((one) => one.id !== part.id), { ...part, quantity: 1 }];
    [form.text, form.found] = ["", []];
    dialog.update();
  }

  function needs() {
    return html`<div class="stack tight">
      <label class="form-label" for="need">${t("Which part? (name or number)")}</label>
      <input class="form-control" id="need" autocomplete="off" .value=${form.text} @input=${find} />
      ${form.found.map((part) => html`<button type="button" class="field-button field-found" @click=${() => need(part)}>${icon("plus")}<span class="grow">${partName(part)} <span class="soft small">${part.sku}</span></span></button>`)}
      ${form.needs.length ? html`<ul class="part-lines">${form.needs.map((part) => html`<li><span class="grow">${partName(part)}</span><span class="stepper"><button type="button" class="btn btn-icon" aria-label=${t("One less %(name)s", { name: partName(part) })} @click=${() => step(part, -1)}>${icon("minus")}</button><output>${part.quantity}</output><button type="button" class="btn btn-icon" aria-label=${t("One more %(name)s", { name: partName(part) })} @click=${() => step(part, 1)}>${icon("plus")}</button></span></li>`)}</ul>` : nothing}
    </div>`;
  }

  function step(part, by) {
    part.quantity += by;
    if (part.quantity < 1) form.needs = form.needs.filter((one) => one !== part);
    dialog.update();
  }

  /** The old piece has to go back: whether it is taken along, and if not, why. */
  function oldPiece(part) {
    const said = form.cores[part.part_id];
    const say = (taken) => () => {
      said.taken = taken;
      dialog.update();
    };
    const choice = (taken, label) => html`<button type="button" class="field-button" aria-pressed=${String(said.taken === taken)} @click=${say(taken)}>${said.taken === taken ? icon("check") : nothing}${label}</button>`;
    return html`<fieldset class="stack tight"><legend class="form-label">${t("Old part: %(count)s × %(name)s", { count: part.quantity, name: partName(part) })}</legend>
      <div class="field-buttons">${choice(true, t("Taken along"))}${choice(false, t("Left there"))}</div>
      ${said.taken === false ? html`<input class="form-control" aria-label=${t("Why was %(name)s left there?", { name: partName(part) })} placeholder=${t("Why?")} .value=${said.why} @input=${(event) => (said.why = event.target.value)} />` : nothing}</fieldset>`;
  }

  function inside(close) {
    const ticked = visit.checklist.filter((line) => draft.checklist[line.key]).length;
    const finish = () => {
      const unnamed = action === "no_access" ? null : used.find((part) => part.serial_tracked && named(part).length !== part.quantity);
      if (unnamed) {
        toast(t("%(part)s: name %(count)s serial numbers.", { part: partName(unnamed), count: unnamed.quantity }));
        return;
      }
      const unsaid = old.find((part) => form.cores[part.part_id].taken === null || (!form.cores[part.part_id].taken && !form.cores[part.part_id].why.trim()));
      if (unsaid) {
        toast(form.cores[unsaid.part_id].taken === null ? t("%(part)s: is the old one taken along?", { part: partName(unsaid) }) : t("%(part)s: say why the old one was not taken along.", { part: partName(unsaid) }));
        return;
      }
      close();
      send(data());
    };
    return html`<div class="stack loose">
      ${action === "no_access" ? html`<p>${t("The visit ends, and the ticket waits for access. Say what you found.")}</p>` : nothing}
      ${action === "needs_part" ? html`<p>${t("The visit ends, and the ticket waits for the part.")}</p>${needs()}` : nothing}
      ${action === "no_access" ? nothing : html`<dl class="facts"><dt>${t("Parts used")}</dt><dd>${used.length ? used.map((part) => html`<div>${part.quantity} × ${partName(part)}</div>`) : t("none")}</dd>
        ${visit.checklist.length ? html`<dt>${t("Checklist")}</dt><dd>${t("%(done)s of %(all)s", { done: ticked, all: visit.checklist.length })}</dd>` : nothing}</dl>`}
      ${old.map(oldPiece)}
      <div class="field"><label class="form-label" for="end-note">${t("What did you find and do?")}</label><textarea class="form-control" id="end-note" rows="3" .value=${form.note} @input=${(event) => (form.note = event.target.value)}></textarea></div>
      ${action === "done" ? html`<label class="field-check"><input type="checkbox" .checked=${form.solved} @change=${(event) => (form.solved = event.target.checked)} /><span>${t("The problem is solved: resolve the ticket")}</span></label>` : nothing}
      <button type="button" class="field-button field-button-main" @click=${finish}>${icon("check")}${TITLES[action]()}</button>
    </div>`;
  }
}
