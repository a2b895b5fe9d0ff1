// Two people at one ticket: who is there and writes, and both versions where they changed the same.
import { channel } from "../core/connection.js";
import { openDialog } from "../core/dialog.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatList, formatMoment, t } from "../core/i18n.js";
import { everySecond } from "../core/ticker.js";
import { changeLine } from "./timeline.js";

const LOOKS = 45_000; // milliseconds without a sign until somebody counts as gone
const WRITES = 6_000;

/** Keep `element` saying who else looks at the ticket and who writes; `me`: the reader's user id. */
export function showOthers(element, watched, me) {
  const there = new Map();
  let drawn = "";
  const see = ({ id, name }, field) => {
    if (id === me) return;
    there.set(id, { ...there.get(id), name, [field]: Date.now() });
  };
  function draw() {
    const now = Date.now();
    for (const who of watched.looking) if (!there.has(who.id)) see(who, "looked");
    const present = new Set(watched.looking.map((who) => who.id));
    const writing = [];
    const looking = [];
    for (const [id, { name, wrote = 0, looked = 0 }] of there) {
      if (now - wrote < WRITES) writing.push(name);
      else if (present.has(id) && now - Math.max(looked, wrote) < LOOKS) looking.push(name);
      else there.delete(id);
    }
    const state = JSON.stringify([writing, looking]);
    if (state === drawn) return;
    drawn = state;
    render(
      html`${writing.length ? html`<span class="chip with-icon">${icon("pencil", { size: "small" })}${t("%(names)s is writing", { names: formatList(writing) })}</span>` : nothing}${looking.length ? html`<span class="chip with-icon">${icon("eye", { size: "small" })}${t("%(names)s is looking", { names: formatList(looking) })}</span>` : nothing}`,
      element,
    );
  }
  channel.onHint((hint) => {
    if (hint.topic !== watched.topic) return;
    if (hint.kind === "left") there.delete(hint.from.id);
    else see(hint.from, hint.kind === "typing" ? "wrote" : "looked");
    draw();
  });
  channel.lookingAt(watched.topic);
  everySecond(draw);
}

/** A colleague changed the same field since the page was drawn: both, and what shall stand. Resolves true for mine. */
export async function askWhich(error, field, mine) {
  const theirs = (error.body?.changes ?? []).filter((change) => change.field === field);
  const { closed } = openDialog({
    title: t("Changed meanwhile"),
    size: "small",
    content: (close) => html`<div class="stack">
      <p>${error.title}</p>
      ${theirs.map((change) => html`<div class="note"><div class="tiny soft">${change.by} · ${formatMoment(change.at)}</div>${changeLine(field, change)}</div>`)}
      <div class="note"><div class="tiny soft">${t("Yours")}</div>${mine}</div>
      <div class="form-actions">
        <button type="button" class="btn btn-primary" @click=${() => close(false)}>${t("Leave it so")}</button>
        <button type="button" class="btn" @click=${() => close(true)}>${t("Use mine")}</button>
      </div>
    </div>`,
  });
  return (await closed) === true;
}

/** Somebody wrote to the customer, or the customer did, while this answer was written. Resolves true to send it all the same. */
export async function askToSend(title, entries, mine) {
  const { closed } = openDialog({
    title: t("There is something new"),
    content: (close) => html`<div class="stack">
      <p>${title}</p>
      ${entries.map((entry) => html`<div class="note"><div class="tiny soft">${entry.author || t("Customer")} · ${formatMoment(entry.at)}</div><div class="timeline-text">${entry.text}</div></div>`)}
      <div class="note"><div class="tiny soft">${t("Yours")}</div><div class="timeline-text">${mine}</div></div>
      <div class="form-actions">
        <button type="button" class="btn btn-primary" @click=${() => close(false)}>${t("Go on writing")}</button>
        <button type="button" class="btn" @click=${() => close(true)}>${t("Send all the same")}</button>
      </div>
    </div>`,
  });
  return (await closed) === true;
}
