// One customer on one page. Every change goes through the API and draws the card that comes back.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { belongings } from "./belongings.js";
import { editCustomer } from "./edit.js";
import { side } from "./side.js";

let { card } = pageData;
const { may, today } = pageData;

/** Run a deed; show what came of it. `said` is the toast, `undo` takes it back. */
async function doing(deed, said = "", undo = null) {
  try {
    await deed();
    await refresh();
    if (said) toast(said, { undo: undo && (() => doing(undo)) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

async function refresh() {
  card = await api.get(`/api/v1/customers/${card.id}`);
  draw();
}

const archive = (on) => {
  const address = `/api/v1/customers/${card.id}/archive`;
  const [go, back] = on ? [api.post, api.delete] : [api.delete, api.post];
  return doing(() => go(address), on ? t("Archived.") : t("Back in the lists."), () => back(address));
};

function draw() {
  document.querySelector("h1").textContent = card.name;
  const context = { card, may, today, doing, refresh, archive };
  render(
    card.archived_at
      ? html`<div class="note">${icon("archive")}<div class="grow">${t("Archived: not in lists and search, not recognised when calling.")}</div>
          ${may.write ? html`<button type="button" class="btn btn-sm" @click=${() => archive(false)}>${t("Bring back")}</button>` : nothing}</div>`
      : nothing,
    document.getElementById("standing"),
  );
  render(side(context), document.getElementById("side"));
  render(belongings(context), document.getElementById("belongings"));
}

for (const id of ["side", "belongings"]) document.getElementById(id).replaceChildren();
draw();
document.getElementById("edit")?.addEventListener("click", () => editCustomer(card, refresh));
