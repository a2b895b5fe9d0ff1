// The skills of a person: a line each with level and last day; saved at once.
import { ApiError, api } from "../core/api.js";
import { confirmDialog } from "../core/dialog.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { proofControl } from "./proof.js";

const LEVELS = [1, 2, 3, 4, 5];

/** Section with the person's skills; `changed(person)` is called with the saved person. */
export function skillsPart(person, skills, changed) {
  const mine = person.skills.map(({ skill_id: id, level, expires_on: until }) => ({ skill_id: id, level, expires_on: until }));
  const free = skills.filter((skill) => !mine.some((one) => one.skill_id === skill.id));

  async function save(rows, undo) {
    try {
      changed(await api.put(`/api/v1/people/${person.id}/skills`, { skills: rows }));
      if (undo) toast(undo, { undo: () => save(mine) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  const put = (id, change) => save(mine.map((one) => (one.skill_id === id ? { ...one, ...change } : one)));

  /** A proof does not come back with an undo, so it is asked for before. */
  async function remove(skill) {
    if (skill.proof && !(await confirmDialog({ title: t("Remove %(skill)s", { skill: skill.name }), text: t("Its proof goes with it."), yes: t("Remove") }))) return;
    await save(mine.filter((one) => one.skill_id !== skill.skill_id), skill.proof ? null : t("%(skill)s removed.", { skill: skill.name }));
  }

  const line = (skill) => html`<li><div class="skill-line">
    <span class="clip strong">${skill.name}</span>
    <select class="form-select" aria-label=${t("Level of %(skill)s", { skill: skill.name })} @change=${(event) => put(skill.skill_id, { level: Number(event.target.value) })}>
      ${LEVELS.map((level) => html`<option value=${level} ?selected=${level === skill.level}>${t("Level %(level)s", { level })}</option>`)}
    </select>
    <input class="form-control skill-until" type="date" .value=${skill.expires_on ?? ""} title=${t("Last day of the certificate")}
      aria-label=${t("Last day of the certificate for %(skill)s", { skill: skill.name })} @change=${(event) => put(skill.skill_id, { expires_on: event.target.value || null })} />
    <button type="button" class="btn btn-quiet btn-icon" aria-label=${t("Remove %(skill)s", { skill: skill.name })}
      @click=${() => remove(skill)}>${icon("x")}</button>
    <div class="skill-proof">${proofControl({ row: skill, person_id: person.id, may: true, changed: (row) => changed({ ...person, skills: person.skills.map((one) => (one.skill_id === row.skill_id ? row : one)) }) })}</div>
  </div></li>`;

  const add = (event) => {
    const id = Number(event.target.value);
    if (id) save([...mine, { skill_id: id, level: 3, expires_on: null }]);
    event.target.value = "";
  };

  return html`<section class="part">
    <div class="part-head"><h2 class="grow">${t("Skills")}</h2></div>
    ${mine.length ? html`<ul class="lines">${person.skills.map(line)}</ul>` : nothing}
    <div class="part-body">
      ${skills.length
        ? html`<select class="form-select" aria-label=${t("Add a skill")} ?disabled=${!free.length} @change=${add}>
            <option value="">${free.length ? t("Add a skill…") : t("Has every skill there is")}</option>
            ${free.map((skill) => html`<option value=${skill.id}>${skill.name}</option>`)}
          </select>`
        : html`<p class="soft">${t("No skills are defined yet.")} <a href="/settings/skills">${t("Define the first")}</a></p>`}
    </div>
  </section>`;
}
