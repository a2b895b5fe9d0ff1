// Settings: voice menus as an editable tree: what is said first, which key leads where, what is said when we are closed. With what callers hear.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { showErrors } from "../core/form.js";
import { empty } from "../core/parts.js";
import { toast } from "../core/toast.js";

const place = document.getElementById("menus");
const CODES = Object.keys(pageData.languages);
const DIGITS = [..."1234567890"];
let marks = 0;
let menus = pageData.menus.map(editable);
let open = menus[0]?.mark ?? null;
let heard = CODES[0];

/** A menu as it is edited: every text by language, marks to keep rows apart. */
function editable(menu) {
  const { greeting = {}, options = [], closed = {}, ...more } = menu.definition;
  return {
    ...menu,
    mark: (marks += 1),
    more,
    greeting: { ...greeting },
    closed: { ...closed },
    options: options.map((option) => ({ ...option, digit: String(option.digit), label: typeof option.label === "string" ? { en: option.label } : { ...option.label }, mark: (marks += 1) })),
  };
}

const filled = (texts) => Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim()));
const definition = (menu) => ({
  ...menu.more,
  greeting: filled(menu.greeting),
  closed: filled(menu.closed),
  options: menu.options.map(({ digit, label, queue_id: queue }) => ({ digit, label: filled(label), queue_id: queue })),
});

function add() {
  const menu = editable({ id: null, name: "", used: 0, definition: { greeting: { en: "" }, options: [], closed: {} } });
  menus = [...menus, menu];
  open = menu.mark;
  draw();
  place.querySelector(`[data-menu="${menu.mark}"] input[name=name]`)?.focus();
}

function addOption(menu) {
  const used = new Set(menu.options.map((option) => option.digit));
  const digit = DIGITS.find((one) => !used.has(one));
  if (digit === undefined) return;
  menu.options = [...menu.options, { digit, label: {}, queue_id: pageData.queues[0]?.id ?? null, mark: (marks += 1) }];
  draw();
}

function removeOption(menu, option) {
  const before = menu.options;
  menu.options = menu.options.filter((other) => other !== option);
  draw();
  toast(t("Key %(digit)s removed", { digit: option.digit }), { undo: () => ((menu.options = before), draw()) });
}

async function save(event, menu) {
  event.preventDefault();
  const form = event.target;
  const body = { name: menu.name.trim(), definition: definition(menu) };
  form.setAttribute("aria-busy", "true");
  try {
    const kept = menu.id ? await api.put(`/api/v1/voice-menus/${menu.id}`, body) : await api.post("/api/v1/voice-menus", body);
    menu.id = kept.id;
    menu.name = kept.name;
    for (const element of form.querySelectorAll("[data-form-error]")) element.remove();
    toast(t("Saved. The next caller hears it."));
    draw();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showErrors(form, error);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

const set = (texts, code) => (event) => {
  texts[code] = event.target.value;
  draw();
};

/** One text in all languages. */
const texts = (menu, name, label, hint) => html`<fieldset class="menu-texts"><legend>${label}</legend>
  ${CODES.map((code) => html`<label class="menu-text"><span class="small soft" lang=${code.replace("_", "-")}>${pageData.languages[code]}</span>
    <textarea class="form-control" rows="1" lang=${code.replace("_", "-")} data-text="${name}-${code}" .value=${menu[name][code] ?? ""} @input=${set(menu[name], code)}></textarea></label>`)}
  <p class="form-hint">${hint}</p></fieldset>`;

const option = (menu, row) => html`<li class="menu-option">
  <label><span class="visually-hidden">${t("Key")}</span><select class="form-select" data-digit aria-label=${t("Key")} @change=${(event) => ((row.digit = event.target.value), draw())}>
    ${DIGITS.map((digit) => html`<option value=${digit} ?selected=${digit === row.digit}>${digit}</option>`)}</select></label>
  <div class="menu-labels">${CODES.map((code) => html`<input class="form-control" lang=${code.replace("_", "-")} aria-label=${t("What key %(digit)s is for, in %(language)s", { digit: row.digit, language: pageData.languages[code] })} placeholder=${pageData.languages[code]} .value=${row.label[code] ?? ""} @input=${set(row.label, code)} />`)}</div>
  <label class="row-of">${icon("arrow-right", { size: "small" })}<select class="form-select" aria-label=${t("Queue of key %(digit)s", { digit: row.digit })} @change=${(event) => ((row.queue_id = Number(event.target.value)), draw())}>
    ${pageData.queues.map((queue) => html`<option value=${queue.id} ?selected=${queue.id === row.queue_id}>${queue.name}</option>`)}</select></label>
  <button type="button" class="btn btn-quiet btn-icon" aria-label=${t("Remove key %(digit)s", { digit: row.digit })} @click=${() => removeOption(menu, row)}>${icon("trash")}</button></li>`;

const said = (found) => found[heard]?.trim() || found.en?.trim() || "";

/** What callers hear, in one language; the server says keys in that language's words. */
function preview(menu) {
  const announced = { en: (what, digit) => `For ${what} press ${digit}.`, zh_Hans: (what, digit) => `${what}请按${digit}。`, zh_Hant: (what, digit) => `${what}請按${digit}。` };
  const words = announced[heard] ?? announced.en;
  return html`<div class="menu-preview"><div class="row-of apart"><strong class="small">${t("What callers hear")}</strong>
      <div class="choice" role="group" aria-label=${t("Language")}>${CODES.map((code) => html`<button type="button" aria-pressed=${String(code === heard)} @click=${() => ((heard = code), draw())}>${pageData.languages[code]}</button>`)}</div></div>
    <p lang=${heard.replace("_", "-")}>${said(menu.greeting) || "…"} ${menu.options.map((row) => `${words(said(row.label) || "…", row.digit)} `)}</p></div>`;
}

const whole = (menu) => html`<form class="part-body stack" novalidate @submit=${(event) => save(event, menu)}>
  <div class="field"><label class="form-label" for="menu-name-${menu.mark}">${t("Name")}</label><input class="form-control" id="menu-name-${menu.mark}" name="name" .value=${menu.name} @input=${(event) => ((menu.name = event.target.value), draw())} /></div>
  ${texts(menu, "greeting", t("Greeting"), t("English is needed; callers whose language has no text hear the English one."))}
  <fieldset class="menu-texts"><legend>${t("Keys")}</legend>
    <ul class="menu-options">${repeat(menu.options, (row) => row.mark, (row) => option(menu, row))}</ul>
    ${menu.options.length ? nothing : html`<p class="small soft">${t("Without keys every caller goes straight into the number's queue.")}</p>`}
    <div><button type="button" class="btn btn-sm" ?disabled=${menu.options.length >= DIGITS.length} @click=${() => addOption(menu)}>${icon("plus")}${t("Add a key")}</button></div></fieldset>
  ${texts(menu, "closed", t("When we are closed"), t("Said before the voicemail. Empty: “We are closed at the moment.”"))}
  ${preview(menu)}
  <div class="form-actions"><button class="btn btn-primary">${t("Save")}</button></div></form>`;

const section = (menu) => html`<section class="part" data-menu=${menu.mark}>
  <div class="part-head"><h2 class="grow"><button type="button" class="link-button" aria-expanded=${String(open === menu.mark)} @click=${() => ((open = open === menu.mark ? null : menu.mark), draw())}>${icon(open === menu.mark ? "chevron-down" : "chevron-right", { size: "small" })} ${menu.name || t("New menu")}</button></h2>
    <span class="small soft">${tn("%(count)s key", "%(count)s keys", menu.options.length)} · ${tn("%(count)s number uses it", "%(count)s numbers use it", menu.used)}</span></div>
  ${open === menu.mark ? whole(menu) : nothing}</section>`;

function draw() {
  const none = empty({ icon: "dialpad", title: t("No voice menus"), text: t("A menu greets callers and asks what it is about, so that they reach the right queue.") });
  render(html`<div class="stack">${menus.length ? repeat(menus, (menu) => menu.mark, section) : none}</div>`, place);
}

document.getElementById("new").addEventListener("click", add);
draw();
