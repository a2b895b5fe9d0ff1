// Blind transfer: to a colleague, whose state is seen, or to another queue. The caller hears music and comes first there.
import { api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { openDialog } from "../core/dialog.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { agent } from "./agent.js";
import { callerName, dotOf, presenceWord } from "./words.js";

const RANK = { ready: 0, wrap_up: 1, on_call: 2, break: 3, offline: 4 };

/** Open the choice for a call. */
export function openTransfer(call) {
  let asked = "";
  let sending = false;
  const matches = (name) => name.toLowerCase().includes(asked.toLowerCase());
  const people = () =>
    [...watched.rows.values()]
      .filter((person) => person.id !== agent.presence?.person_id && matches(person.name))
      .sort((a, b) => RANK[a.state] - RANK[b.state] || a.name.localeCompare(b.name));
  const queues = () => pageData.queues.filter((queue) => queue.id !== call.queue?.id && matches(queue.name));

  async function send(body, name) {
    if (sending) return;
    sending = true;
    try {
      await api.post(`/api/v1/calls/${call.id}/transfer`, body);
      dialog.close();
      toast(t("%(caller)s goes to %(name)s", { caller: callerName(call), name }));
    } catch (error) {
      toastError(error);
    } finally {
      sending = false;
    }
  }

  const colleague = (person) => html`<button type="button" class="sheet-item" data-transfer-person=${person.id} ?disabled=${person.state === "offline"} @click=${() => send({ to_person_id: person.id }, person.name)}>
    <span class="presence-dot" data-state=${dotOf(person.state)}></span><span class="grow clip">${person.name}</span><span class="small soft">${presenceWord(person)}</span></button>`;

  const content = () => html`<div class="stack transfer">
    <input class="form-control" type="search" autofocus aria-label=${t("Search colleagues and queues")} placeholder=${t("Search colleagues and queues")} @input=${(event) => ((asked = event.target.value), dialog.update())} />
    ${queues().length ? html`<div class="sheet-label">${t("Queues")}</div>` : nothing}
    ${queues().map((queue) => html`<button type="button" class="sheet-item" data-transfer-queue=${queue.id} @click=${() => send({ to_queue_id: queue.id }, queue.name)}>${icon("inbox")}<span class="grow clip">${queue.name}</span></button>`)}
    <div class="sheet-label">${t("Colleagues")}</div>
    ${people().map(colleague)}
    ${people().length ? nothing : html`<p class="small soft">${asked ? t("Nobody of this name.") : t("No other agents.")}</p>`}
    <p class="small soft">${t("A colleague who does not answer within 20 seconds does not cost the caller their place: then the whole queue is asked.")}</p>
  </div>`;

  const redraw = () => dialog?.update();
  let dialog = null;
  const watched = channel.watch("agents", { onReset: redraw, onChange: redraw });
  dialog = openDialog({ title: t("Transfer the call"), content });
  dialog.closed.then(() => watched.close());
}
