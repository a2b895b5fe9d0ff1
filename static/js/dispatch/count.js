// Counting one place on a phone: the list above, what is typed at the bottom under the thumb. Several people at once see each other's lines.
import { api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { openDialog } from "../core/dialog.js";
import { html, icon, nothing, render, repeat, vars } from "../core/html.js";
import { formatMoment, formatMoney, formatNumber, t, tn } from "../core/i18n.js";
import { empty, problem, skeleton } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";

const SOON = 150; // milliseconds after the last key
const WITHOUT_LIVE = 15_000; // milliseconds between looks at what others counted
const list = document.getElementById("count-lines");
const head = document.getElementById("count-head");
const foot = document.getElementById("count-foot");
const path = `/api/v1/stock/counts/${pageData.count.id}`;
let count = pageData.count;
let lines = []; // of the text, or all
let chosen = null; // the line being counted
let text = "";
let leftOnly = false;
let error = null;
let loaded = false;
let sending = false;
let asked = 0;
let timer = 0;
const open = () => count.state === "open";

async function load() {
  asked += 1;
  const mine = asked;
  try {
    const found = [];
    for (let after = null; ; ) {
      const answer = await api.get(`${path}/lines`, { text, left: leftOnly, after, limit: 200 });
      found.push(...answer.items);
      after = answer.next;
      if (!after || mine !== asked) break;
    }
    if (mine !== asked) return;
    [lines, loaded, error] = [found, true, null];
    if (chosen) chosen = lines.find((one) => one.part_id === chosen.part_id) ?? chosen;
  } catch (failed) {
    if (mine !== asked) return;
    error = failed;
  }
  draw();
}

function search(value) {
  text = value;
  clearTimeout(timer);
  timer = setTimeout(load, SOON);
}

/** A scanner types the number and Enter: the part with this number, or the only one found. */
async function entered(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  clearTimeout(timer);
  text = event.target.value.trim();
  await load();
  const found = lines.find((one) => one.sku.toLowerCase() === text.toLowerCase()) ?? (lines.length === 1 ? lines[0] : null);
  if (found) choose(found);
  else toast(t("No part with this number or name."));
}

function choose(line) {
  chosen = open() ? line : null;
  draw();
  list.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
  const input = document.getElementById("counted");
  if (input) {
    input.value = line.counted ?? "";
    input.focus();
    input.select();
  }
}

function step(by) {
  const input = document.getElementById("counted");
  input.value = String(Math.max(0, (Number(input.value) || 0) + by));
}

async function save(event) {
  event.preventDefault();
  const input = document.getElementById("counted");
  if (!/^\d+$/.test(input.value.trim())) {
    toast(t("Write a whole number, 0 if nothing is there."));
    input.focus();
    return;
  }
  sending = true;
  draw();
  try {
    const line = await api.put(`${path}/lines/${chosen.part_id}`, { counted: Number(input.value), times: chosen.times });
    const place = lines.findIndex((one) => one.part_id === line.part_id);
    if (place >= 0) lines[place] = line;
    else lines.push(line);
    howFar();
    if (line.recount) {
      toast(t("That differs much from what is expected. Count it once more."));
      sending = false;
      choose({ ...line, counted: null });
      return;
    }
    next(place);
  } catch (failed) {
    if (failed.code !== "counted_meanwhile" || failed.body.counted !== Number(input.value)) toastError(failed);
    if (failed.code === "counted_meanwhile") load();
  }
  sending = false;
  draw();
}

/** How far it is, when the live channel does not say so. */
async function howFar() {
  if (channel.state.name === "live") return;
  try {
    told(await api.get(path));
  } catch {
    // as it was: the next look may do
  }
}

/** The next that is not counted yet; after a search, the field again. */
function next(place) {
  if (text) {
    text = "";
    chosen = null;
    draw();
    const field = document.getElementById("count-search");
    field.value = "";
    field.focus();
    load();
    return;
  }
  const following = [...lines.slice(place + 1), ...lines.slice(0, Math.max(0, place))].find((one) => one.counted === null || one.recount);
  if (following) choose(following);
  else chosen = null;
}

const signed = (value) => (value > 0 ? `+${formatNumber(value)}` : formatNumber(value));

function lineView(line) {
  const done = line.counted !== null;
  return html`<li><button type="button" class="count-line" data-done=${done && !line.recount ? "yes" : "no"} aria-pressed=${String(chosen?.part_id === line.part_id)} @click=${() => choose(line)}>
    <span class="grow"><span class="strong">${line.part}</span> <span class="soft small nowrap">${line.sku}</span>
      ${done ? html`<span class="small soft count-who">${[line.counted_by, formatMoment(line.counted_at)].filter(Boolean).join(" · ")}</span>` : nothing}</span>
    ${line.recount ? html`<span class="chip chip-strong">${icon("refresh", { size: "small" })}${t("count again")}</span>` : nothing}
    <span class="count-figures">${done ? html`<strong>${formatNumber(line.counted)}</strong>` : html`<span class="soft">–</span>`}
      ${line.expected === null ? nothing : html`<span class="small soft">${t("of %(count)s", { count: formatNumber(line.expected) })}${line.difference ? html` <span class="nowrap">(${signed(line.difference)})</span>` : nothing}</span>`}</span>
    ${done && !line.recount ? icon("circle-check", { label: t("Counted") }) : icon("circle", { label: t("not counted yet") })}
  </button></li>`;
}

function drawHead() {
  const all = count.counted + count.left;
  const words = { closed: t("Closed"), cancelled: t("Called off") };
  render(
    html`<div class="row-of apart wrap"><span>${icon(count.kind === "van" ? "truck" : "building-warehouse", { size: "small" })} <span class="strong">${t("%(done)s of %(all)s parts counted", { done: formatNumber(count.counted), all: formatNumber(all) })}</span>
        ${count.recount ? html`<span class="chip">${icon("refresh", { size: "small" })}${tn("%(count)s to count again", "%(count)s to count again", count.recount)}</span>` : nothing}
        ${count.blind ? html`<span class="chip" title=${t("What is expected is not shown while it is counted.")}>${icon("eye-off", { size: "small" })}${t("blind")}</span>` : nothing}</span>
      ${open()
        ? html`<span class="row-of"><button type="button" class="chip chip-choice" aria-pressed=${String(leftOnly)} @click=${() => { leftOnly = !leftOnly; draw(); load(); }}>${t("Only what is left")}</button>
          ${pageData.may.close ? html`<button type="button" class="btn btn-sm btn-primary" @click=${review}>${t("Review and close")}</button>` : nothing}</span>`
        : html`<span class="chip">${words[count.state]} · ${[count.ended_by, formatMoment(count.ended_at)].filter(Boolean).join(" · ")}</span>`}</div>
      <div class="count-progress" role="progressbar" aria-label=${t("Counted")} aria-valuemin="0" aria-valuemax=${all} aria-valuenow=${count.counted}><span ${vars({ "--share": String(all ? count.counted / all : 0) })}></span></div>`,
    head,
  );
}

function drawFoot() {
  if (!open()) {
    render(nothing, foot);
    return;
  }
  render(
    html`${chosen
        ? html`<form class="count-entry" novalidate @submit=${save}>
            <div class="row-of apart"><span class="clip"><span class="strong">${chosen.part}</span> <span class="soft small">${chosen.sku}</span></span><button type="button" class="btn btn-quiet btn-icon" aria-label=${t("Close")} @click=${() => { chosen = null; draw(); }}>${icon("x")}</button></div>
            <div class="count-keys"><button type="button" class="btn btn-icon" aria-label=${t("One less")} @click=${() => step(-1)}>${icon("minus")}</button>
              <input class="form-control" id="counted" type="text" inputmode="numeric" autocomplete="off" aria-label=${t("Counted, in %(unit)s", { unit: chosen.unit })} />
              <button type="button" class="btn btn-icon" aria-label=${t("One more")} @click=${() => step(1)}>${icon("plus")}</button>
              <button class="btn btn-primary" ?disabled=${sending}>${t("Save")}</button></div>
          </form>`
        : nothing}
      <label class="count-search">${icon("barcode")}<span class="visually-hidden">${t("Scan or search a part")}</span><input class="form-control" id="count-search" type="search" enterkeyhint="search" autocomplete="off" placeholder=${t("Scan or search a part")} @input=${(event) => search(event.target.value)} @keydown=${entered} /></label>`,
    foot,
  );
}

function draw() {
  drawHead();
  drawFoot();
  if (error && !lines.length) render(problem(error, load), list);
  else if (!loaded) render(skeleton(8), list);
  else if (!lines.length) {
    const none = text ? { icon: "search", title: t("No part with this number or name.") } : leftOnly ? { icon: "circle-check", title: t("Everything is counted") } : { icon: "packages", title: t("Nothing is expected here"), text: t("Scan or search what lies here all the same.") };
    render(empty(none), list);
  } else render(html`<ul class="count-list">${repeat(lines, (line) => line.part_id, lineView)}</ul>`, list);
}

const difference = (one) => html`<li><span class="row-of apart"><span><span class="strong">${one.part}</span> <span class="soft small nowrap">${one.sku}</span></span><span class="nowrap"><strong>${signed(one.difference)}</strong> <span class="soft small">${t("%(counted)s instead of %(expected)s", { counted: formatNumber(one.counted), expected: formatNumber(one.expected) })}${one.worth ? html` · ${formatMoney(one.worth, one.currency)}` : nothing}</span></span></span>
  ${one.recount ? html`<span class="small">${icon("refresh", { size: "small" })} ${t("Count again before closing.")}</span>` : nothing}
  ${one.visits.length ? html`<span class="small">${icon("alert-triangle", { size: "small" })} ${tn("%(count)s promised piece is not there:", "%(count)s promised pieces are not there:", one.short)} ${one.visits.map((visit) => t("visit %(number)s loses %(count)s (%(when)s)", { number: visit.number, count: visit.quantity, when: formatMoment(visit.planned_start) })).join(", ")}</span>` : nothing}</li>`;

async function review() {
  let found;
  try {
    found = await api.get(`${path}/review`);
  } catch (failed) {
    toastError(failed);
    return;
  }
  const again = found.differences.some((one) => one.recount);
  openDialog({
    title: t("Close the count of %(place)s", { place: found.place }),
    content: (close) => html`<div class="stack">
      ${found.left ? html`<p>${tn("%(count)s part was not counted: it stays as it is.", "%(count)s parts were not counted: they stay as they are.", found.left)}</p>` : nothing}
      ${found.differences.length ? html`<ul class="count-differences">${found.differences.map(difference)}</ul>` : html`<p>${icon("circle-check")} ${t("Everything that was counted is as expected.")}</p>`}
      <div class="form-actions"><button type="button" class="btn btn-primary" ?disabled=${again} @click=${() => finish("closure", close)}>${t("Put right and close")}</button>
        <button type="button" class="btn" @click=${() => close()}>${t("Go on counting")}</button><span class="grow"></span>
        <button type="button" class="btn btn-quiet" @click=${() => finish("cancellation", close)}>${t("Call the count off")}</button></div></div>`,
  });
}

async function finish(how, close) {
  try {
    const answer = await api.post(`${path}/${how}`, {});
    count = { ...count, ...answer };
    chosen = null;
    close();
    const lost = answer.released?.length ?? 0;
    if (how === "closure") toast(lost ? tn("Closed. %(count)s visit is short now.", "Closed. %(count)s visits are short now.", new Set(answer.released.map((one) => one.visit)).size) : t("Closed. The stock is as it was counted."));
    load();
  } catch (failed) {
    toastError(failed);
  }
}

function told(tiles) {
  if (!tiles || tiles.state === undefined) return;
  count = { ...count, ...tiles };
  if (!open()) chosen = null;
  draw();
  if (!sending) load();
}
channel.watch(`count:${count.id}`, {
  onReset: (_rows, tiles) => told(tiles),
  onChange: ({ type, data }) => type === "tiles" && told(data),
});
list.replaceChildren(); // the server's lines stood there until now
setInterval(howFar, WITHOUT_LIVE);
draw();
load();
