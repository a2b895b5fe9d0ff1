// Materials: stock by place, moves, what is promised, what is on order. Each tab is a table; the address holds which.
import { api, pageData, withQuery } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatMoment, formatMoney, formatNumber, t, tn } from "../core/i18n.js";
import { dataTable } from "../core/table.js";
import { toast, toastError } from "../core/toast.js";
import { countForm, levelForm, moveForm, orderForm, receiveForm, redateForm, serialForm } from "./material-forms.js";
import { coresTab } from "./cores.js";
import { costsTab } from "./costs.js";
import { missingTab } from "./missing-parts.js";
import { insteadWord, orderStateWord, plainDate, placeWord } from "./words.js";

const HOLDING = new Set(["warehouse", "van", "staging"]);
const place = document.getElementById("materials");
const holding = pageData.places.filter((one) => HOLDING.has(one.kind) && one.active);
const counted = pageData.places.filter((one) => (HOLDING.has(one.kind) || one.kind === "returns") && one.active);
const may = pageData.may;
let table = null;
let suppliers = []; // of what is to be bought

const narrow = (label) => html`<span class="narrow-label">${label} </span>`;
const count = (value) => (value ? formatNumber(value) : html`<span class="faint">0</span>`);
const part = (row) => html`<span class="strong">${row.part ?? row.name}</span> <span class="soft small nowrap">${row.sku}</span>`;
const textFilter = (found, label) => html`<input class="form-control table-search" type="search" placeholder=${label} aria-label=${label} .value=${found.state.filters.text ?? ""} @change=${(event) => found.setFilters({ text: event.target.value })} />`;
const placeFilter = (found) => html`<select class="form-select table-choice" aria-label=${t("Place")} @change=${(event) => found.setFilters({ place_id: event.target.value })}><option value="">${t("All places")}</option>
  ${holding.map((one) => html`<option value=${one.id} ?selected=${String(one.id) === String(found.state.filters.place_id ?? "")}>${one.name}</option>`)}</select>`;

const chipTitle = (one) => (one.kind === "returns" || one.kind === "cores" ? t("Lies ready to go back: no visit gets it") : placeWord(one.kind));
const held = (on_hand, reserved) => html`<strong>${formatNumber(on_hand)}</strong>${reserved ? html`<span class="soft">${t("(%(count)s promised)", { count: formatNumber(reserved) })}</span>` : nothing}`;
const PICTURES = { van: "truck", staging: "package", warehouse: "building-warehouse", returns: "truck-return", cores: "recycle" };
const placeChip = (one) => html`<span class="chip" title=${chipTitle(one)}>${icon(PICTURES[one.kind])}${one.place} ${held(one.on_hand, one.reserved)}</span>`;

/** Warehouses each, vans together until somebody wants to see them. */
function places(row) {
  if (!row.places.length) return html`<span class="faint">–</span>`;
  const vans = row.places.filter((one) => one.kind === "van");
  const sum = (key) => vans.reduce((total, one) => total + one[key], 0);
  if (vans.length < 3) return html`<span class="place-chips">${row.places.map(placeChip)}</span>`;
  return html`<span class="place-chips">${row.places.filter((one) => one.kind !== "van").map(placeChip)}<details class="van-chips"><summary class="chip">${icon("truck")}${tn("%(count)s van", "%(count)s vans", vans.length)} ${held(sum("on_hand"), sum("reserved"))}</summary>${vans.map(placeChip)}</details></span>`;
}

/** Visits by number, and what fills the place up. */
const why = (row) => html`${row.visits?.length ? html`<span class="nowrap">${tn("%(count)s visit", "%(count)s visits", row.visits.length)}</span> <span class="soft small number">${row.visits.slice(0, 4).join(", ")}${row.visits.length > 4 ? "…" : ""}</span>` : nothing}
  ${row.refill || row.to_place_id ? html`<span class="chip">${t("filling up")}${row.refill && row.visits?.length ? ` ${formatNumber(row.refill)}` : ""}</span>` : nothing}`;
const orderBy = (row) =>
  row.order_by
    ? html`<span class="nowrap">${narrow(t("Order by"))}${plainDate(row.order_by)}</span>${row.late ? html` <span class="late-word">${icon("clock-exclamation", { size: "small" })}${t("late")}</span>` : nothing} <span class="soft small nowrap">${t("needed %(date)s", { date: plainDate(row.needed_on) })}</span>`
    : nothing;
/** When an order of today arrives: YYYY-MM-DD, "" for a supplier of whom nobody said how long. */
const arrival = (row) => (row.lead_days ? new Date(Date.parse(pageData.now) + row.lead_days * 86_400_000).toISOString().slice(0, 10) : "");

async function removeLevel(row) {
  try {
    await api.delete(`/api/v1/stock/levels/${row.part_id}/${row.place_id}`);
    toast(t("Removed."));
    table.reload();
  } catch (error) {
    toastError(error);
  }
}

/** All that is to be bought from a supplier, as a draft to look at. */
async function orderAll(supplier) {
  try {
    const order = await api.post("/api/v1/purchase-orders", { supplier });
    location.assign(`/materials/orders/${order.number}`);
  } catch (error) {
    toastError(error);
    table.reload();
  }
}

async function reverse(row) {
  try {
    await api.post(`/api/v1/stock/moves/${row.id}/reversal`, {});
    toast(t("Taken back."));
    table.reload();
  } catch (error) {
    toastError(error);
  }
}

const TABS = {
  stock: {
    label: t("Stock"),
    table: () => ({
      id: "stock",
      label: t("Stock"),
      columns: [
        { key: "part", label: t("Part"), fixed: true, cell: part },
        { key: "free", label: t("Free"), number: true, cell: (row) => html`${narrow(t("Free"))}${count(row.on_hand - row.reserved)}` },
        { key: "on_hand", label: t("On hand"), number: true, cell: (row) => html`${narrow(t("On hand"))}${count(row.on_hand)}` },
        { key: "reserved", label: t("Promised"), number: true, cell: (row) => html`${narrow(t("Promised"))}${count(row.reserved)}` },
        { key: "incoming", label: t("On order"), number: true, cell: (row) => html`${narrow(t("On order"))}${count(row.incoming)}${row.incoming && row.eta ? html` <span class="small soft nowrap">${plainDate(row.eta)}</span>` : nothing}` },
        { key: "places", label: t("Where"), cell: places },
        ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => html`<span class="row-of end"><button type="button" class="btn btn-sm btn-quiet" @click=${() => moveForm({ part: row, places: pageData.places, done: () => table.reload() })}>${t("Move")}</button></span>` }] : []),
      ],
      key: (row) => row.id,
      load: ({ after, filters }) => api.get("/api/v1/stock", { after, ...filters }),
      tools: (found) => html`${textFilter(found, t("Part or number"))}${placeFilter(found)}
        <button type="button" class="chip chip-choice" aria-pressed=${String(found.state.filters.short === "true")} @click=${() => found.setFilters({ short: found.state.filters.short === "true" ? "" : "true" })}>${t("Nothing free")}</button>`,
      empty: { icon: "packages", title: t("No parts here"), text: t("Add parts in the settings, then receive them into a warehouse.") },
    }),
  },
  moves: {
    label: t("Moves"),
    table: () => ({
      id: "moves",
      label: t("Moves"),
      columns: [
        { key: "at", label: t("When"), fixed: true, cell: (row) => html`<span class="nowrap">${formatMoment(row.happened_at, { now: pageData.now })}</span>` },
        { key: "quantity", label: t("Quantity"), number: true, cell: (row) => formatNumber(row.quantity) },
        { key: "part", label: t("Part"), cell: (row) => html`${part(row)}${row.serials.length ? html` <span class="small soft">${row.serials.slice(0, 6).join(", ")}${row.serials.length > 6 ? "…" : ""}</span>` : nothing}` },
        { key: "way", label: t("From, to"), cell: (row) => html`${row.from_place} ${icon("arrow-right", { size: "small" })} ${row.to_place}` },
        { key: "visit", label: t("Visit"), cell: (row) => (row.visit ? html`<span class="number">${row.visit}</span>` : nothing) },
        { key: "by", label: t("By"), cell: (row) => row.by ?? "" },
        { key: "reason", label: t("Why"), cell: (row) => html`${row.reverses_id ? html`<span class="chip">${icon("arrow-back-up")}${t("taken back")}</span> ` : nothing}${row.reason}` },
        ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => (row.reversed || row.reverses_id ? html`<span class="small soft">${row.reversed ? t("was taken back") : nothing}</span>` : html`<span class="row-of end"><button type="button" class="btn btn-sm btn-quiet" @click=${() => reverse(row)}>${t("Take back")}</button></span>`) }] : []),
      ],
      key: (row) => row.id,
      load: ({ after, filters }) => api.get("/api/v1/stock/moves", { after, place_id: filters.place_id }),
      tools: placeFilter,
      empty: { icon: "transfer", title: t("Nothing was moved yet") },
    }),
  },
  reservations: {
    label: t("Promised to visits"),
    table: () => ({
      id: "reservations",
      label: t("Promised to visits"),
      columns: [
        { key: "part", label: t("Part"), fixed: true, cell: (row) => html`${part(row)}${row.instead_of ? html`<span class="small soft instead">${insteadWord(row)}</span>` : nothing}` },
        { key: "quantity", label: t("Quantity"), number: true, cell: (row) => formatNumber(row.quantity) },
        { key: "place", label: t("From"), cell: (row) => row.place ?? html`${icon("truck-delivery", { size: "small" })} ${row.supplier}${row.eta ? html` · ${plainDate(row.eta)}` : nothing}` },
        { key: "visit", label: t("Visit"), cell: (row) => html`${row.visit}` },
        { key: "technician", label: t("Technician"), cell: (row) => row.technician ?? "" },
        { key: "planned", label: t("Planned"), cell: (row) => formatMoment(row.planned_start, { now: pageData.now }) },
      ],
      key: (row) => row.id,
      load: ({ after, filters }) => api.get("/api/v1/stock/reservations", { after, place_id: filters.place_id }),
      tools: placeFilter,
      empty: { icon: "calendar-event", title: t("Nothing is promised"), text: t("Booking a visit reserves the parts of its job.") },
    }),
  },
  missing: missingTab({ may, places: pageData.places, holding, pageNow: pageData.now, shown: () => table }),
  buy: {
    label: t("To buy"),
    table: () => ({
      id: "buy",
      label: t("To buy"),
      columns: [
        { key: "part", label: t("Part"), fixed: true, cell: part },
        { key: "quantity", label: t("Quantity"), number: true, cell: (row) => html`${narrow(t("Quantity"))}${formatNumber(row.quantity)} <span class="soft small">${row.unit}</span>` },
        { key: "from", label: t("From"), cell: (row) => (row.to_place_id ? html`${icon("building-warehouse", { size: "small" })} ${row.from_place}` : row.supplier || html`<span class="soft">${t("no supplier yet")}</span>`) },
        { key: "for", label: t("For"), cell: (row) => row.to_place ?? row.place },
        { key: "why", label: t("Why"), cell: why },
        { key: "order_by", label: t("Order by"), cell: orderBy },
        { key: "cost", label: t("Cost"), number: true, cell: (row) => (row.cost ? formatMoney(row.cost, row.currency) : nothing) },
        ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => html`<span class="row-of end">${row.to_place_id ? html`<button type="button" class="btn btn-sm" @click=${() => moveForm({ part: row, places: pageData.places, to: row.to_place_id, quantity: row.quantity, done: () => table.reload() })}>${t("Move")}</button>` : html`<button type="button" class="btn btn-sm" @click=${() => orderForm({ places: holding, proposed: row, eta: arrival(row), done: () => table.reload() })}>${t("Order…")}</button>`}</span>` }] : []),
      ],
      key: (row) => `${row.part_id}-${row.place_id ?? row.to_place_id}`,
      load: async ({ filters }) => {
        const { purchases, transfers } = await api.get("/api/v1/stock/proposals");
        suppliers = [...new Set(purchases.map((one) => one.supplier).filter(Boolean))];
        return { items: filters.supplier ? purchases.filter((one) => one.supplier === filters.supplier) : [...purchases, ...transfers] };
      },
      tools: (found) => html`<select class="form-select table-choice" aria-label=${t("Supplier")} @change=${(event) => found.setFilters({ supplier: event.target.value })}><option value="">${t("All suppliers")}</option>
          ${suppliers.map((one) => html`<option ?selected=${one === found.state.filters.supplier}>${one}</option>`)}</select>
        ${may.write ? suppliers.filter((one) => !found.state.filters.supplier || one === found.state.filters.supplier).slice(0, 4).map((one) => html`<button type="button" class="btn" @click=${() => orderAll(one)}>${icon("file-invoice")}${t("Order all from %(supplier)s", { supplier: one })}</button>`) : nothing}
        <a class="btn" href=${withQuery("/materials/to-buy.csv", { supplier: found.state.filters.supplier })} download>${icon("download")}${t("CSV")}</a>`,
      empty: { icon: "circle-check", title: t("Nothing is missing"), text: t("What visits lack and what fell to its level stands here, until it is ordered.") },
    }),
  },
  orders: {
    label: t("On order"),
    table: () => ({
      id: "orders",
      label: t("On order"),
      columns: [
        { key: "part", label: t("Part"), fixed: true, cell: part },
        { key: "supplier", label: t("Supplier"), cell: (row) => html`${row.supplier}${row.order ? html` <a class="small nowrap" href=${`/materials/orders/${row.order}`}>${t("order %(number)s", { number: row.order })}</a>` : nothing}` },
        { key: "open", label: t("To come"), number: true, cell: (row) => html`${formatNumber(row.quantity - row.received)} <span class="soft small">${t("of %(count)s", { count: formatNumber(row.quantity) })}</span>${row.refused ? html` <span class="chip nowrap">${icon("package-off", { size: "small" })}${tn("%(count)s not kept", "%(count)s not kept", row.refused)}</span>` : nothing}` },
        { key: "reserved", label: t("Promised"), number: true, cell: (row) => html`${narrow(t("Promised"))}${count(row.reserved)}` },
        { key: "eta", label: t("Expected"), cell: (row) => (row.eta ? html`${plainDate(row.eta)}${row.eta < pageData.now.slice(0, 10) && row.received < row.quantity ? html` <span class="late-word">${icon("clock-exclamation", { size: "small" })}${t("late")}</span>` : nothing}` : html`<span class="soft">${t("no date")}</span>`) },
        { key: "place", label: t("For"), cell: (row) => row.place },
        ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => (row.draft ? html`<span class="small soft">${t("not sent yet")}</span>` : row.received < row.quantity ? html`<span class="row-of end"><button type="button" class="btn btn-sm" @click=${() => receiveForm({ line: row, done: () => table.reload() })}>${t("Receive")}</button><button type="button" class="btn btn-sm btn-quiet" @click=${() => redateForm({ line: row, done: () => table.reload() })}>${t("Change")}</button></span>` : html`<span class="small soft">${t("all here")}</span>`) }] : []),
      ],
      key: (row) => row.id,
      load: ({ after, filters }) => api.get("/api/v1/purchase-lines", { after, open: filters.all === "true" ? "false" : "true" }),
      tools: (found) => html`${may.write ? html`<button type="button" class="btn" @click=${() => orderForm({ places: holding, done: () => table.reload() })}>${icon("shopping-cart")}${t("Note an order")}</button>` : nothing}
        <button type="button" class="chip chip-choice" aria-pressed=${String(found.state.filters.all === "true")} @click=${() => found.setFilters({ all: found.state.filters.all === "true" ? "" : "true" })}>${t("Also what has come")}</button>`,
      empty: { icon: "truck-delivery", title: t("Nothing is on order"), text: t("Note what you ordered and when it comes: visits can be planned for it.") },
    }),
  },
};

TABS.levels = {
  label: t("Levels"),
  table: () => ({
    id: "levels",
    label: t("Levels"),
    columns: [
      { key: "part", label: t("Part"), fixed: true, cell: part },
      { key: "place", label: t("Place"), cell: (row) => html`${icon(PICTURES[row.kind], { size: "small" })} ${row.place}` },
      { key: "free", label: t("Free"), number: true, cell: (row) => html`${narrow(t("Free"))}${count(row.free)}${row.free <= row.reorder_at ? html` <span class="late-word">${icon("arrow-down", { size: "small" })}${t("low")}</span>` : nothing}` },
      { key: "reorder_at", label: t("With so many or fewer"), number: true, cell: (row) => html`${narrow(t("With so many or fewer"))}${formatNumber(row.reorder_at)}` },
      { key: "fill_to", label: t("Fill up to"), number: true, cell: (row) => html`${narrow(t("Fill up to"))}${formatNumber(row.fill_to)}` },
      ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => html`<span class="row-of end"><button type="button" class="btn btn-sm btn-quiet" @click=${() => levelForm({ level: row, places: holding, done: () => table.reload() })}>${t("Change")}</button><button type="button" class="btn btn-sm btn-quiet" @click=${() => removeLevel(row)}>${t("Remove")}</button></span>` }] : []),
    ],
    key: (row) => `${row.part_id}-${row.place_id}`,
    load: ({ after, filters }) => api.get("/api/v1/stock/levels", { after, place_id: filters.place_id }),
    tools: (found) => html`${placeFilter(found)}${may.write ? html`<button type="button" class="btn" @click=${() => levelForm({ places: holding, done: () => table.reload() })}>${icon("plus")}${t("New level")}</button>` : nothing}`,
    empty: { icon: "packages", title: t("No levels yet"), text: t("Say with how few of a part left a van or a warehouse is to be filled up.") },
  }),
};

TABS.serials = {
  label: t("Serial numbers"),
  table: () => ({
    id: "serials",
    label: t("Serial numbers"),
    columns: [
      { key: "number", label: t("Serial number"), fixed: true, cell: (row) => html`<code class="strong">${row.number}</code>` },
      { key: "part", label: t("Part"), cell: part },
      { key: "place", label: t("Where"), cell: (row) => (row.equipment_id ? html`${icon("tool", { size: "small" })} <a href=${`/customers/${row.customer_id}`}>${row.equipment}</a>` : html`${PICTURES[row.kind] ? icon(PICTURES[row.kind], { size: "small" }) : nothing} ${PICTURES[row.kind] ? row.place : placeWord(row.kind)}`) },
      { key: "visit", label: t("Visit"), cell: (row) => (row.visit ? html`<span class="number">${row.visit}</span>` : nothing) },
      ...(may.write ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => html`<span class="row-of end"><button type="button" class="btn btn-sm btn-quiet" @click=${() => serialForm({ serial: row, done: () => table.reload() })}>${t("Correct")}</button></span>` }] : []),
    ],
    key: (row) => row.id,
    load: ({ after, filters }) => api.get("/api/v1/serials", { after, ...filters }),
    tools: (found) => html`${textFilter(found, t("Serial number"))}${placeFilter(found)}`,
    empty: { icon: "barcode", title: t("No serial numbers here"), text: t("Parts that are tracked by them are named piece by piece when they arrive.") },
  }),
};

TABS.documents = {
  label: t("Purchase orders"),
  table: () => ({
    id: "documents",
    label: t("Purchase orders"),
    columns: [
      { key: "number", label: t("Number"), fixed: true, cell: (row) => html`<a class="strong" href=${`/materials/orders/${row.number}`}>${row.number}</a>` },
      { key: "supplier", label: t("Supplier"), cell: (row) => row.supplier.name },
      { key: "state", label: t("State"), cell: (row) => html`<span class=${row.state === "sent" || row.state === "partly" ? "chip chip-brand" : "chip"}>${orderStateWord(row.state)}</span>${row.mail_problem ? html` <span class="late-word">${icon("alert-triangle", { size: "small" })}${t("not mailed")}</span>` : nothing}` },
      { key: "lines", label: t("Parts"), number: true, cell: (row) => html`${narrow(t("Parts"))}${formatNumber(row.lines.length)}` },
      { key: "total", label: t("Cost"), number: true, cell: (row) => row.totals.filter((one) => one.amount).map((one) => formatMoney(one.amount, one.currency)).join(" + ") },
      { key: "expected", label: t("Expected"), cell: (row) => (row.expected ? plainDate(row.expected) : nothing) },
      { key: "made", label: t("Made"), cell: (row) => html`<span class="nowrap">${formatMoment(row.created_at, { now: pageData.now })}</span> <span class="soft small">${row.created_by ?? ""}</span>` },
    ],
    key: (row) => row.number,
    load: ({ after, filters }) => api.get("/api/v1/purchase-orders", { after, ...filters }),
    tools: (found) => html`<input class="form-control table-search" type="search" placeholder=${t("Supplier")} aria-label=${t("Supplier")} .value=${found.state.filters.supplier ?? ""} @change=${(event) => found.setFilters({ supplier: event.target.value })} />
      <select class="form-select table-choice" aria-label=${t("State")} @change=${(event) => found.setFilters({ state: event.target.value })}><option value="">${t("All states")}</option>${["draft", "sent", "cancelled"].map((one) => html`<option value=${one} ?selected=${one === found.state.filters.state}>${orderStateWord(one)}</option>`)}</select>`,
    empty: { icon: "file-invoice", title: t("No purchase orders yet"), text: t("“To buy” makes one for each supplier.") },
  }),
};

const COUNT_STATES = { open: () => t("being counted"), closed: () => t("closed"), cancelled: () => t("called off") };

if (may.write)
  TABS.counts = {
    label: t("Stock-taking"),
    table: () => ({
      id: "counts",
      label: t("Stock-taking"),
      columns: [
        { key: "place", label: t("Place"), fixed: true, cell: (row) => html`${icon(PICTURES[row.kind], { size: "small" })} <a class="strong" href=${`/materials/counts/${row.id}`}>${row.place}</a> <span class="soft small nowrap">${row.id}</span>` },
        { key: "state", label: t("State"), cell: (row) => html`<span class=${row.state === "open" ? "chip chip-brand" : "chip"}>${COUNT_STATES[row.state]()}</span>${row.blind ? html` <span class="chip">${icon("eye-off", { size: "small" })}${t("blind")}</span>` : nothing}` },
        { key: "counted", label: t("Counted"), number: true, cell: (row) => html`${narrow(t("Counted"))}${formatNumber(row.counted)}${row.state === "open" ? html` <span class="soft small">${t("of %(count)s", { count: formatNumber(row.counted + row.left) })}</span>` : nothing}` },
        { key: "opened", label: t("Begun"), cell: (row) => html`<span class="nowrap">${formatMoment(row.opened_at, { now: pageData.now })}</span> <span class="soft small">${row.opened_by ?? ""}</span>` },
        { key: "ended", label: t("Ended"), cell: (row) => (row.ended_at ? html`<span class="nowrap">${formatMoment(row.ended_at, { now: pageData.now })}</span> <span class="soft small">${row.ended_by ?? ""}</span>` : nothing) },
      ],
      key: (row) => row.id,
      load: ({ after, filters }) => api.get("/api/v1/stock/counts", { after, place_id: filters.place_id }),
      tools: (found) => html`${placeFilter(found)}<button type="button" class="btn" @click=${() => countForm({ places: counted })}>${icon("list-check")}${t("Count a place…")}</button>`,
      empty: { icon: "list-check", title: t("Nothing was counted yet"), text: t("Count a warehouse or a van: what differs is put right when the count is closed.") },
    }),
  };

TABS.cores = coresTab({ may, pageNow: pageData.now, shown: () => table });
if (may.costs) TABS.costs = costsTab({ may, pageNow: pageData.now, shown: () => table });

const chosen = () => (TABS[location.hash.slice(1)] ? location.hash.slice(1) : "stock");

function show() {
  const name = chosen();
  render(html`${Object.entries(TABS).map(([key, tab]) => html`<a href=${`#${key}`} aria-current=${key === name ? "page" : nothing}>${tab.label}</a>`)}`, document.getElementById("tabs"));
  const fresh = document.createElement("div");
  place.replaceChildren(fresh);
  table = dataTable(fresh, TABS[name].table());
}

addEventListener("hashchange", () => {
  history.replaceState(null, "", location.pathname + location.hash); // filters of one tab mean nothing to another
  show();
});
document.getElementById("new-move")?.addEventListener("click", () => moveForm({ places: pageData.places, done: () => table.reload() }));
show();
