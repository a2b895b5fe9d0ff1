// Users and roles: the list.
import { api, pageData } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { chip, timeTag } from "../core/parts.js";
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { KINDS } from "./words.js";

const roleNames = Object.fromEntries(pageData.roles.map((role) => [role.key, role.name]));
let typing = 0;

const stateOf = (user) => (!user.active ? chip(t("Deactivated")) : user.waiting && !user.last_sign_in_at ? chip(t("Invited"), { kind: "brand" }) : nothing);

const worksAs = ({ person }) =>
  person?.active ? html`${KINDS[person.kind]} <span class="soft">· ${person.branch}${person.team ? ` · ${person.team}` : ""}</span>` : html`<span class="faint">–</span>`;

function tools(table) {
  const { q = "", active = "true" } = table.state.filters;
  const search = (event) => {
    clearTimeout(typing);
    const { value } = event.target;
    typing = setTimeout(() => table.setFilters({ q: value }, { step: false }), 200);
  };
  const choice = (value, label) =>
    html`<button type="button" aria-pressed=${String(active === value)} @click=${() => table.setFilters({ active: value })}>${label}</button>`;
  return html`<input class="form-control table-search" type="search" aria-label=${t("Name or email")} placeholder=${t("Name or email")} .value=${q} @input=${search} />
    <div class="choice" role="group" aria-label=${t("Which accounts")}>${choice("true", t("Active"))}${choice("false", t("Deactivated"))}</div>`;
}

dataTable(document.getElementById("users"), {
  id: "users",
  label: t("Users"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (user) => html`<span class="strong">${user.name}</span> ${stateOf(user)}<div class="small soft">${user.email}</div>` },
    { key: "roles", label: t("Roles"), cell: (user) => html`<span class="row-of wrap">${user.roles.map((role) => chip(roleNames[role] ?? role))}</span>` },
    { key: "works_as", label: t("Works as"), cell: worksAs },
    { key: "skills", label: t("Skills"), cell: (user) => (user.person?.skills ?? []).map((skill) => skill.name).join(", ") },
    { key: "last", label: t("Last sign-in"), cell: (user) => (user.last_sign_in_at ? timeTag(user.last_sign_in_at) : html`<span class="faint">${t("never")}</span>`) },
  ],
  key: (user) => user.id,
  load: ({ filters }) => api.get("/api/v1/users", { q: filters.q, active: filters.active ?? "true" }),
  open: (user) => `/settings/users/${user.id}`,
  tools,
  empty: { icon: "users", title: t("Nobody found"), text: t("Look for another name, or invite a colleague.") },
});
