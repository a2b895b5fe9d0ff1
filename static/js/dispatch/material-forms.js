// Forms of the storekeeper: move, order, receive, another date. Each is sent under a uuid of its own: sent twice it happens once.
import { api, newKey } from "../core/api.js";
import { html, nothing } from "../core/html.js";
import { formatMoment, formatNumber, t, tn } from "../core/i18n.js";
import { toast } from "../core/toast.js";
import { formDialog } from "../staff/form-dialog.js";
import { area, check, field, select } from "../staff/fields.js";
import { partField } from "./part-field.js";
import { placeWord } from "./words.js";

const named = (places) => places.filter((one) => one.active).map((one) => ({ value: one.id, label: ["van", "warehouse", "staging", "returns", "cores"].includes(one.kind) ? one.name : `${one.name} (${placeWord(one.kind)})` }));

/** Move parts between two places; also in from a supplier, out to scrap, and to put a count right. `visit`: what it is promised goes along and stays its own. */
export function moveForm({ part = null, places, to = "", quantity = 1, visit = null, done }) {
  const uuid = newKey();
  const from = part?.from_place_id ?? part?.places?.[0]?.place_id ?? "";
  return formDialog({
    title: t("Move parts"),
    content: html`${part ? fixedPart(part) : partField({ name: "part_id", label: t("Part"), chosen: showSerials })}
      ${visit ? html`<p class="small soft">${t("Promised to visit %(number)s, and stays so.", { number: visit })}</p>` : nothing}
      <div class="fields">${select({ name: "from_place_id", label: t("From"), options: named(places), none: t("Choose"), number: true, value: from })}${select({ name: "to_place_id", label: t("To"), options: named(places), none: t("Choose"), number: true, value: to })}</div>
      ${field({ name: "quantity", label: t("Quantity"), type: "number", value: quantity, min: 1, step: 1, mode: "numeric" })}
      ${serialArea("serials", t("Serial numbers"), part?.serial_tracked)}
      ${field({ name: "reason", label: t("Why"), hint: t("Refill, return, broken, counted…") })}`,
    path: "/api/v1/stock/moves",
    body: (values) => ({ ...values, serials: serialsOf(values.serials), part_id: values.part_id === null ? null : Number(values.part_id), visit, uuid }),
    save: t("Move"),
    done: (move) => {
      toast(t("%(count)s × %(part)s moved to %(place)s.", { count: formatNumber(move.quantity), part: move.part, place: move.to_place }));
      done(move);
    },
  });
}

/** Serial numbers of a tracked part, one a line; a scanner ends each with Enter. */
const serialArea = (name, label, shown) => html`<div data-serials ?hidden=${!shown}>${area({ name, label, hint: t("One a line, as many as pieces") })}</div>`;
const serialsOf = (text) => (text ?? "").split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);
/** The fields for serial numbers show for a tracked part only. */
const showSerials = (part) => {
  for (const one of document.querySelectorAll("dialog[open] [data-serials]")) one.hidden = !part.serial_tracked;
};

const fixedPart = (part) => html`<div><span class="strong">${part.part ?? part.name}</span> <span class="soft">${part.sku}</span><input type="hidden" name="part_id" data-type="number" .value=${String(part.part_id ?? part.id)} /></div>`;

/** Note what was ordered; `proposed` (a line of what to buy) fills it in. */
export function orderForm({ places, proposed = null, eta = "", done }) {
  return formDialog({
    title: t("Note an order"),
    content: html`${proposed ? fixedPart(proposed) : partField({ name: "part_id", label: t("Part") })}
      <div class="fields">${field({ name: "supplier", label: t("Supplier"), value: proposed?.supplier })}${select({ name: "place_id", label: t("Comes to"), options: named(places), value: proposed?.place_id ?? places.find((one) => one.kind === "warehouse")?.id ?? "", number: true })}</div>
      <div class="fields">${field({ name: "quantity", label: t("Quantity"), type: "number", value: proposed?.quantity ?? 1, min: 1, step: 1, mode: "numeric" })}${field({ name: "eta", label: t("Expected on"), type: "date", value: eta, hint: t("With a date it is promised to the visits that lack it.") })}</div>`,
    path: "/api/v1/purchase-lines",
    body: (values) => ({ ...values, part_id: values.part_id === null ? null : Number(values.part_id) }),
    done: (line) => {
      toast(t("%(count)s × %(part)s on order.", { count: formatNumber(line.quantity), part: line.part }));
      done(line);
    },
  });
}

/** Parts arrived: all of an order, or some; of those damaged and wrong ones, which go back and are still to come. */
export async function receiveForm({ line, done }) {
  const uuid = newKey();
  const open = line.quantity - line.received;
  const earlier = line.received || line.refused ? (await api.get(`/api/v1/purchase-lines/${line.id}/receipts`, { limit: 5 })).items : [];
  const number = (name, label, value, hint = "") => field({ name, label, type: "number", value, min: 0, step: 1, mode: "numeric", hint });
  return formDialog({
    title: t("Receive from %(supplier)s", { supplier: line.supplier }),
    content: html`<p><span class="strong">${line.part}</span> <span class="soft">${line.sku}</span><br />${t("%(count)s to come, into %(place)s.", { count: formatNumber(open), place: line.place })}</p>
      ${line.reserved ? html`<p class="small soft">${t("%(count)s of them are promised to visits, which get theirs first.", { count: formatNumber(line.reserved) })}</p>` : nothing}
      <div class="fields">${number("accepted", t("Accepted"), open)}${number("damaged", t("Damaged"), 0)}${number("wrong", t("Wrong part"), 0)}</div>
      ${serialArea("serials", t("Serial numbers accepted"), line.serial_tracked)}
      <p class="small soft">${t("Damaged and wrong ones are no stock of ours and are still to come from the supplier.")}</p>
      <details class="stack"><summary>${t("What came damaged or wrong")}</summary>
        ${partField({ name: "wrong_part_id", label: t("What came instead") })}
        ${serialArea("damaged_serials", t("Serial numbers damaged"), line.serial_tracked)}
        ${area({ name: "wrong_serials", label: t("Serial numbers of the wrong part"), hint: t("Only when it is tracked by them") })}
        <div class="fields">${select({ name: "refused_to", label: t("It goes"), options: [{ value: "returns", label: t("back to the supplier") }, { value: "scrap", label: t("to scrap") }] })}${field({ name: "note", label: t("Note"), hint: t("Box open, number of the delivery note…") })}</div>
      </details>
      ${earlier.length ? html`<ul class="receipts small soft">${earlier.map((one) => html`<li>${receiptLine(one)}</li>`)}</ul>` : nothing}`,
    path: `/api/v1/purchase-lines/${line.id}/receipts`,
    body: (values) => ({ ...values, serials: serialsOf(values.serials), damaged_serials: serialsOf(values.damaged_serials), wrong_serials: serialsOf(values.wrong_serials), wrong_part_id: values.wrong_part_id === null ? null : Number(values.wrong_part_id), uuid }),
    save: t("Receive"),
    done: (receipt) => {
      toast(t("%(part)s: %(what)s.", { part: line.part, what: receiptWords(receipt) }));
      done(receipt);
    },
  });
}

/** "3 accepted, 1 damaged". */
const receiptWords = (one) =>
  [
    one.accepted && tn("%(count)s accepted", "%(count)s accepted", one.accepted),
    one.damaged && tn("%(count)s damaged", "%(count)s damaged", one.damaged),
    one.wrong && tn("%(count)s wrong", "%(count)s wrong", one.wrong),
  ].filter(Boolean).join(", ");
const receiptLine = (one) => html`${formatMoment(one.happened_at)} · ${receiptWords(one)}${one.wrong_part ? ` (${one.wrong_part})` : ""}${one.note ? ` · ${one.note}` : ""}`;

/** The supplier named another date, or the quantity was wrong. */
export function redateForm({ line, done }) {
  return formDialog({
    title: t("Change the order"),
    size: "small",
    content: html`<p><span class="strong">${line.part}</span> <span class="soft">${line.supplier}</span></p>
      ${field({ name: "eta", label: t("Expected on"), type: "date", value: line.eta ?? "" })}
      ${field({ name: "quantity", label: t("Quantity"), type: "number", value: line.quantity, min: 1, step: 1, mode: "numeric" })}`,
    method: "patch",
    path: `/api/v1/purchase-lines/${line.id}`,
    done: (changed) => {
      toast(t("Saved."));
      done(changed);
    },
  });
}

/** Begin to count a place; one that is being counted already is opened. */
export function countForm({ places }) {
  return formDialog({
    title: t("Count a place"),
    size: "small",
    content: html`${select({ name: "place_id", label: t("Place"), options: named(places), value: places.find((one) => one.kind === "warehouse")?.id ?? "", number: true })}
      ${field({ name: "recount_from", label: t("Count again from a difference of"), type: "number", value: 3, min: 0, step: 1, mode: "numeric", hint: t("0: never") })}
      ${check({ name: "blind", label: t("Blind: who counts is not shown what is expected") })}`,
    path: "/api/v1/stock/counts",
    save: t("Begin to count"),
    done: (count) => location.assign(`/materials/counts/${count.id}`),
  });
}

/** At which stock a place is filled up, and to how many. */
export function levelForm({ level = null, places, done }) {
  return formDialog({
    title: level ? t("Change the level") : t("New level"),
    content: html`${level ? html`${fixedPart(level)}<input type="hidden" name="place_id" data-type="number" .value=${String(level.place_id)} /><p class="soft">${level.place}</p>` : html`${partField({ name: "part_id", label: t("Part") })}${select({ name: "place_id", label: t("Place"), options: named(places), value: places.find((one) => one.kind === "warehouse")?.id ?? "", number: true })}`}
      <div class="fields">${field({ name: "reorder_at", label: t("With so many or fewer"), type: "number", value: level?.reorder_at ?? 0, min: 0, step: 1, mode: "numeric" })}${field({ name: "fill_to", label: t("Fill up to"), type: "number", value: level?.fill_to ?? 1, min: 1, step: 1, mode: "numeric" })}</div>`,
    method: "put",
    path: "/api/v1/stock/levels",
    body: (values) => ({ ...values, part_id: values.part_id === null ? null : Number(values.part_id) }),
    done: (saved) => {
      toast(t("Saved."));
      done(saved);
    },
  });
}

/** A serial number that was mistyped. */
export function serialForm({ serial, done }) {
  return formDialog({
    title: t("Correct the serial number"),
    size: "small",
    content: html`<p><span class="strong">${serial.part}</span> <span class="soft">${serial.sku}</span></p>${field({ name: "number", label: t("Serial number"), value: serial.number, autofocus: true })}`,
    method: "patch",
    path: `/api/v1/serials/${serial.id}`,
    done: (saved) => {
      toast(t("Saved."));
      done(saved);
    },
  });
}
