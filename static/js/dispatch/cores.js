// The tab "Old parts": pieces that go back to their supplier for a deposit, on vans, on the shelf, and left at customers'.
import { api, newKey } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, formatMoney, formatNumber, t, tn } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";

/** So many of the old pieces of a row go on; sent twice they go once. */
function moveOn(row, { path, title, save, said, done }) {
  const uuid = newKey();
  return formDialog({
    title,
    size: "small",
    content: html`<div><span class="strong">${row.part}</span> <span class="soft">${row.sku}</span><div class="small soft">${row.place}${row.supplier ? ` · ${row.supplier}` : ""}</div></div>
      ${field({ name: "quantity", label: t("Quantity"), type: "number", value: row.quantity, min: 1, max: row.quantity, step: 1, mode: "numeric" })}`,
    path,
    body: (values) => ({ ...values, uuid, part_id: row.part_id, place_id: row.place_id }),
    save,
    done: (move) => {
      toast(said(move));
      done();
    },
  });
}

const takeIn = (row, done) =>
  moveOn(row, { path: "/api/v1/stock/cores/arrivals", title: t("Take in old parts"), save: t("Take in"), said: (move) => tn("%(count)s old part lies on the shelf.", "%(count)s old parts lie on the shelf.", move.quantity), done });

const sendBack = (row, done) =>
  moveOn(row, { path: "/api/v1/stock/cores/returns", title: t("Send old parts back"), save: t("Send back"), said: (move) => tn("%(count)s old part went back.", "%(count)s old parts went back.", move.quantity), done });

async function arrived(row, done) {
  try {
    await api.post(`/api/v1/stock/cores/left/${row.left_id}/arrival`, {});
    toast(tn("%(count)s old part lies on the shelf.", "%(count)s old parts lie on the shelf.", row.quantity));
  } catch (error) {
    toastError(error);
  }
  done();
}

const writeOff = (row, done) =>
  formDialog({
    title: t("Write off %(part)s", { part: row.part }),
    size: "small",
    content: html`<p>${t("The deposit of %(amount)s is lost.", { amount: formatMoney(row.deposit, row.currency) })}</p>${field({ name: "note", label: t("Why"), autofocus: true })}`,
    path: `/api/v1/stock/cores/left/${row.left_id}/write-off`,
    save: t("Write off"),
    done: () => {
      toast(t("Saved."));
      done();
    },
  });

const where = (row) =>
  row.state === "left"
    ? html`${icon("home", { size: "small" })} ${t("at the customer's")} <span class="soft small number">${row.visit}</span><div class="small soft">${[row.technician, row.why || t("nobody said why")].filter(Boolean).join(": ")}</div>`
    : html`${icon(row.state === "van" ? "truck" : "building-warehouse", { size: "small" })} ${row.place}${row.technician ? html`<div class="small soft">${row.technician}</div>` : nothing}`;

/** The tab for `materials.js`: {label, table()}. `may`: {write}; `shown()` gives the table that is shown. */
export function coresTab({ may, pageNow, shown }) {
  const done = () => shown()?.reload();
  let suppliers = [];
  let totals = [];
  const button = (label, deed, row, quiet = false) => html`<button type="button" class="btn btn-sm ${quiet ? "btn-quiet" : ""}" aria-label=${`${label}: ${row.part}`} @click=${() => deed(row, done)}>${label}</button>`;
  const actions = (row) => html`<span class="row-of end wrap">${row.state === "van" ? button(t("Take in"), takeIn, row) : row.state === "shelf" ? button(t("Send back"), sendBack, row) : html`${button(t("Came in"), arrived, row)}${button(t("Write off"), writeOff, row, true)}`}</span>`;
  const sums = (supplier) => totals.filter((one) => !supplier || one.supplier === supplier);
  return {
    label: t("Old parts"),
    table: () => ({
      id: "cores",
      label: t("Old parts"),
      columns: [
        { key: "part", label: t("Part"), fixed: true, cell: (row) => html`<span class="strong">${row.part}</span> <span class="soft small nowrap">${row.sku}</span>` },
        { key: "quantity", label: t("Quantity"), number: true, cell: (row) => formatNumber(row.quantity) },
        { key: "where", label: t("Where"), cell: where },
        { key: "since", label: t("Since"), cell: (row) => (row.since ? html`<span class="nowrap">${formatMoment(row.since, { now: pageNow })}</span>` : nothing) },
        { key: "supplier", label: t("Supplier"), cell: (row) => row.supplier || html`<span class="soft">${t("no supplier yet")}</span>` },
        { key: "deposit", label: t("Deposit"), number: true, cell: (row) => formatMoney(row.deposit, row.currency) },
        ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: actions }] : []),
      ],
      key: (row) => (row.left_id ? `left-${row.left_id}` : `${row.part_id}-${row.place_id}`),
      load: async ({ filters }) => {
        const answer = await api.get("/api/v1/stock/cores");
        totals = answer.totals;
        suppliers = [...new Set(totals.map((one) => one.supplier).filter(Boolean))];
        return { items: answer.items.filter((one) => (!filters.supplier || one.supplier === filters.supplier) && (!filters.state || one.state === filters.state)) };
      },
      tools: (found) => html`<select class="form-select table-choice" aria-label=${t("Supplier")} @change=${(event) => found.setFilters({ supplier: event.target.value })}><option value="">${t("All suppliers")}</option>
          ${suppliers.map((one) => html`<option ?selected=${one === found.state.filters.supplier}>${one}</option>`)}</select>
        ${[["van", t("On vans")], ["shelf", t("To send back")], ["left", t("Left behind")]].map(([state, label]) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(found.state.filters.state === state)} @click=${() => found.setFilters({ state: found.state.filters.state === state ? "" : state })}>${label}</button>`)}
        ${sums(found.state.filters.supplier).length ? html`<span class="small soft">${t("Deposits: %(amounts)s", { amounts: Object.entries(sums(found.state.filters.supplier).reduce((all, one) => ({ ...all, [one.currency]: (all[one.currency] ?? 0) + one.deposit }), {})).map(([currency, amount]) => formatMoney(amount, currency)).join(", ") })}</span>` : nothing}`,
      empty: { icon: "recycle", title: t("No old parts are outstanding"), text: t("What is used of a part with a deposit stands here until the old one went back to its supplier.") },
    }),
  };
}
