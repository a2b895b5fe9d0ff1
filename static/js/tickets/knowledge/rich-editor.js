// A small editor for rich text: headings, bold, lists, quotes, links, pictures. What it makes is cleaned again by the server.
import { api } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { toastError } from "../../core/toast.js";
import { field } from "../../staff/fields.js";
import { openDialog } from "../../core/dialog.js";
import { cleaned } from "./pasting.js";

const PICTURES = "image/png,image/jpeg,image/gif,image/webp";
// The browser's own editing commands: the one way to change rich text that keeps the browser's undo.
const run = (command, value = null) => document.execCommand(command, false, value);
const block = () => document.queryCommandValue("formatBlock").toLowerCase();

/** richEditor(element, {label, files (where pictures are served), changed()}) → {get html, set html, focus(), language(tag)}. */
export function richEditor(element, { label, files, changed = () => {} }) {
  const area = Object.assign(document.createElement("div"), { className: "article-body rich-area", contentEditable: "true" });
  for (const [name, value] of Object.entries({ role: "textbox", "aria-multiline": "true", "aria-label": label, spellcheck: "true" })) area.setAttribute(name, value);
  const bar = Object.assign(document.createElement("div"), { className: "rich-bar" });
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", t("Formatting"));
  element.classList.add("rich-editor");
  element.replaceChildren(bar, area);
  run("defaultParagraphSeparator", "p");

  const tell = () => {
    drawBar();
    changed();
  };
  const apply = (command, value) => {
    area.focus();
    run(command, value);
    tell();
  };
  const format = (tag) => apply("formatBlock", `<${block() === tag ? "p" : tag}>`);

  async function picture(list) {
    for (const file of list) {
      const body = new FormData();
      body.append("file", file);
      try {
        const stored = await api.post("/api/v1/files", body);
        const shown = Object.assign(document.createElement("img"), { alt: file.name.replace(/\.[^.]+$/, "") });
        shown.setAttribute("src", `${files}${stored.id}`);
        apply("insertHTML", shown.outerHTML);
      } catch (error) {
        toastError(error);
      }
    }
  }

  async function link() {
    const selection = getSelection();
    const range = selection.rangeCount && area.contains(selection.anchorNode) ? selection.getRangeAt(0).cloneRange() : null;
    const dialog = openDialog({
      title: t("Link"),
      size: "small",
      content: (close) => html`<form class="stack" @submit=${(event) => { event.preventDefault(); close(event.target.elements.address.value.trim()); }}>
        ${field({ name: "address", label: t("Address"), type: "url", placeholder: "https://", autofocus: true })}
        <div class="form-actions"><button class="btn btn-primary">${t("Insert")}</button></div></form>`,
    });
    const address = await dialog.closed;
    area.focus();
    if (range) {
      selection.removeAllRanges();
      selection.addRange(range);
    }
    if (!address) return;
    if (range && !range.collapsed) apply("createLink", address);
    else {
      const made = Object.assign(document.createElement("a"), { textContent: address });
      made.setAttribute("href", address);
      apply("insertHTML", made.outerHTML);
    }
  }

  const on = (command) => {
    try {
      return document.queryCommandState(command);
    } catch {
      return false;
    }
  };
  const button = (name, inside, press, pressed = null) =>
    html`<button type="button" class="btn btn-quiet btn-sm" title=${name} aria-label=${name} aria-pressed=${pressed === null ? nothing : String(pressed)} @mousedown=${(event) => event.preventDefault()} @click=${press}>${inside}</button>`;

  function drawBar() {
    const here = area.contains(getSelection()?.anchorNode ?? null);
    const tag = here ? block() : "";
    render(
      html`${button(t("Heading"), html`<strong>${t("Heading")}</strong>`, () => format("h2"), tag === "h2")}
        ${button(t("Small heading"), html`<span class="strong small">${t("Small heading")}</span>`, () => format("h3"), tag === "h3")}
        ${button(t("Bold"), html`<b aria-hidden="true">B</b>`, () => apply("bold"), here && on("bold"))}
        ${button(t("Italic"), html`<i aria-hidden="true">I</i>`, () => apply("italic"), here && on("italic"))}
        ${button(t("Bullets"), icon("list"), () => apply("insertUnorderedList"), here && on("insertUnorderedList"))}
        ${button(t("Steps"), icon("list-check"), () => apply("insertOrderedList"), here && on("insertOrderedList"))}
        ${button(t("Quote"), icon("message"), () => format("blockquote"), tag === "blockquote")}
        ${button(t("Link"), icon("link"), link)}
        <label class="btn btn-quiet btn-sm" title=${t("Picture")}>${icon("photo")}<span class="visually-hidden">${t("Picture")}</span><input type="file" accept=${PICTURES} multiple hidden @change=${(event) => { picture(event.target.files); event.target.value = ""; }}></label>`,
      bar,
    );
  }

  function pasted(event) {
    const data = event.clipboardData;
    const images = [...data.files].filter((file) => PICTURES.includes(file.type));
    const foreign = data.getData("text/html");
    if (!images.length && !foreign) return;
    event.preventDefault();
    if (foreign) apply("insertHTML", cleaned(foreign));
    else picture(images);
  }

  area.addEventListener("paste", pasted);
  area.addEventListener("input", tell);
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    picture([...event.dataTransfer.files].filter((file) => PICTURES.includes(file.type)));
  });
  document.addEventListener("selectionchange", drawBar);
  drawBar();
  return {
    get html() {
      return area.innerHTML;
    },
    set html(value) {
      area.innerHTML = value || "<p><br></p>";
    },
    focus: () => area.focus(),
    language: (tag) => area.setAttribute("lang", tag),
  };
}
