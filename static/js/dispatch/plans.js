// Plans that were asked for, the newest first; live.
import { pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, nothing, render, vars } from "../core/html.js";
import { formatNumber, t } from "../core/i18n.js";
import { chip, empty, timeTag } from "../core/parts.js";
import { askPlan, planTitle, statusKind, statusWord } from "./plan-words.js";

const place = document.getElementById("plans");
const { branches, may } = pageData;
let rows = pageData.plans;

function line(plan) {
  const gained = plan.after ? plan.after.served - plan.before.served : 0;
  return html`<tr><td><a href=${`/plans/${plan.id}`} class="strong">${planTitle(plan)}</a><div class="small soft">${plan.branch}</div></td>
    <td>${chip(statusWord(plan.status), { kind: statusKind(plan.status) })}
      ${plan.under_way || plan.accepting ? html`<div class="plan-progress small-bar" role="progressbar" aria-label=${t("Progress")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${plan.progress}><span ${vars({ "--share": String(plan.progress / 100) })}></span></div>` : nothing}</td>
    <td class="number">${plan.after ? html`${formatNumber(plan.after.served)}${gained > 0 ? html` <span class="soft small nowrap">+${formatNumber(gained)}</span>` : nothing}` : nothing}</td>
    <td class="number">${plan.after ? formatNumber(plan.after.left) : nothing}</td>
    <td><span class="nowrap">${timeTag(plan.created_at)}</span><div class="small soft">${plan.created_by ?? ""}</div></td></tr>`;
}

function draw() {
  const ask = (kind) => askPlan({ branches, kind });
  render(
    rows.length
      ? html`<div class="table-scroll"><table class="table table-dense"><thead><tr><th>${t("Plan")}</th><th>${t("Status")}</th><th class="number">${t("Visits")}</th><th class="number">${t("Left")}</th><th>${t("Asked for")}</th></tr></thead><tbody>${rows.map(line)}</tbody></table></div>`
      : empty({ icon: "route", title: t("No plan yet"), text: t("Ask for one: it shows what would change, and nothing changes before you accept it."), action: may.manage && branches.length ? html`<button type="button" class="btn" @click=${() => ask("day")}>${t("Plan the day")}</button>` : nothing }),
    place,
  );
}

place.replaceChildren();
draw();
const watched = channel.watch("plans", { onReset: live, onChange: live });
function live() {
  rows = [...watched.rows.values()].sort((a, b) => b.id - a.id);
  draw();
}
for (const kind of ["day", "repair"]) document.getElementById(`ask-${kind}`)?.addEventListener("click", () => askPlan({ branches, kind }));
