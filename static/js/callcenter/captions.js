// Simulated calls are spoken in writing: what was said, and a line to say something.
import { html, icon, ref } from "../core/html.js";
import { t } from "../core/i18n.js";
import { softphone } from "./softphone.js";

let seen = 0;

function say(event) {
  event.preventDefault();
  const input = event.target.elements.line;
  const text = input.value.trim();
  if (text) softphone.speak(text);
  input.value = "";
}

const who = (caption) => (caption.mine ? t("You") : caption.from.startsWith("agent") ? t("Colleague") : caption.from ? t("Caller") : t("Announcement"));

function toEnd(element) {
  if (!element || seen === softphone.captions.length) return;
  seen = softphone.captions.length;
  queueMicrotask(() => (element.scrollTop = element.scrollHeight));
}

export function captions() {
  return html`<div class="captions">
    <div class="caption-lines" role="log" tabindex="0" aria-label=${t("What is said")} ${ref(toEnd)}>
      ${softphone.captions.map((caption) => html`<p data-mine=${String(caption.mine)}><span class="soft">${who(caption)}</span> ${caption.text}</p>`)}
    </div>
    <form class="row-of" @submit=${say}>
      <input class="form-control" name="line" autocomplete="off" maxlength="1000" aria-label=${t("Say something")} placeholder=${t("Say something (simulated call)")} />
      <button class="btn">${icon("send", { size: "small" })}${t("Say")}</button>
    </form>
  </div>`;
}
