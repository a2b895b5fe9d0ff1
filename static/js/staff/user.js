// One colleague: account, roles, what they work as, skills; or the invitation of a new one.
import { ApiError, api, pageData } from "../core/api.js";
import { enhance } from "../core/form.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { field, languages, named, select, zones } from "./fields.js";
import { showSecret } from "../core/secret.js";
import { skillsPart } from "./skills-part.js";
import { KINDS } from "./words.js";

const place = document.getElementById("user");
place.replaceChildren();
const { roles, branches, teams, me } = pageData;
let { user } = pageData;

const KIND_OPTIONS = Object.entries(KINDS).map(([value, label]) => ({ value, label }));

function rolesChoice() {
  const mine = new Set(user?.roles ?? []);
  return html`<fieldset class="roles-choice"><legend class="form-label">${t("Roles")}</legend>
    ${roles.map((role) => html`<label><input class="form-check-input" type="checkbox" name="roles" value=${role.key} data-list .checked=${mine.has(role.key)} />
      <span><strong>${role.name}</strong><small>${role.text}</small></span></label>`)}
  </fieldset>`;
}

function worksAs() {
  const person = user?.person;
  const open = branches.filter((branch) => branch.active || branch.id === person?.branch_id);
  return html`<div class="fields">
      ${select({ name: "person.kind", label: t("Works as"), value: person?.active === false && user.active ? "" : person?.kind, options: KIND_OPTIONS, none: t("Neither calls nor visits") })}
      ${select({ name: "person.branch_id", label: t("Branch"), value: person?.branch_id ?? open[0]?.id, options: named(open), number: true })}
      ${select({ name: "person.team_id", label: t("Team"), value: person?.team_id, options: named(teams), none: t("No team"), number: true })}
    </div>
    <div class="fields">
      ${field({ name: "person.phone", label: t("Mobile phone"), value: person?.phone?.text, type: "tel", hint: t("To be called and to get text messages; customers never see it.") })}
      ${field({ name: "person.capacity", label: t("Tickets at a time"), value: person?.capacity ?? 20, type: "number", min: 1, max: 1000 })}
    </div>`;
}

const accountFields = () => html`<div class="fields">
    ${field({ name: "name", label: t("Name"), value: user?.name, autofocus: !user })}
    ${field({ name: "email", label: t("Email"), value: user?.email, type: "email" })}
  </div>
  <div class="fields">
    ${select({ name: "language", label: t("Language"), value: user?.language ?? "en", options: languages(pageData.languages) })}
    ${select({ name: "time_zone", label: t("Time zone"), value: user?.time_zone ?? branches[0]?.time_zone ?? "UTC", options: zones(pageData.zones) })}
  </div>`;

function body(values) {
  if (!values.person.kind) values.person = user?.person ? { kind: null } : undefined;
  else values.person.capacity ??= 20;
  return values;
}

/** Run a deed on the account and draw what came back. */
const doing = (deed) => async () => {
  try {
    await deed();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
};

const again = doing(async () => {
  const { link } = await api.post(`/api/v1/users/${user.id}/invitation`);
  await showLink(link);
});

const showLink = (link) =>
  showSecret({ title: t("Invitation"), text: t("Send this link to %(name)s. It works once, for seven days, and is not shown again.", { name: user.name }), secret: link });

const activate = (on) =>
  doing(async () => {
    const address = `/api/v1/users/${user.id}/deactivation`;
    user = on ? await api.delete(address) : await api.post(address);
    draw();
    toast(on ? t("%(name)s may sign in again.", { name: user.name }) : t("%(name)s was signed out everywhere.", { name: user.name }), { undo: activate(!on) });
  });

function standing() {
  if (!user.active) {
    return html`<div class="note">${icon("user-off")}<div class="grow">${t("This account is deactivated. What they did stays in every history.")}</div>
      <button type="button" class="btn btn-sm" @click=${activate(true)}>${t("Activate again")}</button></div>`;
  }
  if (user.waiting) {
    return html`<div class="note">${icon("mail-forward")}<div class="grow">${t("Invited, has not signed in yet.")}</div>
      <button type="button" class="btn btn-sm" @click=${again}>${t("New link")}</button></div>`;
  }
  return nothing;
}

const beside = () => html`<div class="row-of wrap">
  ${user.person ? html`<a class="btn" href="/settings/rota/${user.person.id}">${icon("calendar-time")}${t("Shifts and absences")}</a>` : nothing}
  ${user.active && user.id !== me ? html`<button type="button" class="btn" @click=${activate(false)}>${icon("user-off")}${t("Deactivate")}</button>` : nothing}
</div>`;

function draw() {
  render(
    html`<div class="stack loose">
      ${user ? standing() : nothing}
      <form class="stack" id="account">
        <section class="part"><div class="part-head"><h2>${t("Account")}</h2></div><div class="part-body stack">${accountFields()}${rolesChoice()}</div></section>
        <section class="part"><div class="part-head"><h2>${t("Work")}</h2></div><div class="part-body stack">
          ${branches.length ? worksAs() : html`<p>${t("Calls and visits need a branch.")} <a href="/settings/branches">${t("Add the first branch")}</a></p>`}
        </div></section>
        <div class="form-actions"><button class="btn btn-primary">${user ? t("Save") : t("Make the invitation")}</button>
          <a class="btn" href="/settings/users">${user ? t("Back to the list") : t("Cancel")}</a></div>
      </form>
      ${user?.person?.active ? skillsPart(user.person, pageData.skills, (person) => { user = { ...user, person }; draw(); }) : nothing}
      ${user ? beside() : nothing}
    </div>`,
    place,
  );
}

async function invited({ user: made, link }) {
  user = made;
  await showLink(link);
  location.assign(`/settings/users/${made.id}`);
}

function saved(answer) {
  const madePerson = !user.person && answer.person;
  user = answer;
  document.querySelector("h1").textContent = user.name;
  draw();
  toast(madePerson ? t("Saved. Add their skills and shifts now.") : t("Saved."));
}

draw();
enhance(document.getElementById("account"), user
  ? { method: "patch", path: () => `/api/v1/users/${user.id}`, body, done: saved }
  : { method: "post", path: "/api/v1/users", body, done: invited });
