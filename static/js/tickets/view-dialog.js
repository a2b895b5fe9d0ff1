// "Save as…", rename and share a view.
import { api, pageData } from "../core/api.js";
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { check, field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";

const ROLES = { agent: () => t("Agents"), technician: () => t("Technicians"), dispatcher: () => t("Dispatchers"), supervisor: () => t("Supervisors"), admin: () => t("Administrators") };
const path = "/api/v1/tickets/views";

const boxes = (name, legend, options, chosen) => html`<fieldset class="field"><legend class="form-label">${legend}</legend><div class="row-of wrap">${options.map(
    ([value, label]) => html`<label class="form-check"><input class="form-check-input" type="checkbox" name=${name} value=${value} ?checked=${chosen.includes(value)}><span class="form-check-label">${label}</span></label>`,
  )}</div></fieldset>`;

/** Ask for the name (and with whom to share it). `view`: the one to change, null for a new one; `facts`: its conditions, columns and order. */
export function openViewDialog({ view = null, facts = {}, done }) {
  const roles = Object.entries(ROLES).map(([key, word]) => [key, word()]);
  const queues = pageData.queues.map((queue) => [queue.id, queue.name]);
  const picked = (dialog, name) => [...dialog.element.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value);
  const dialog = formDialog({
    title: view ? t("Name and sharing") : t("Save as a view"),
    content: html`${field({ name: "name", label: t("Name"), value: view?.name ?? "", autofocus: true })}
      ${pageData.may_share
        ? html`${check({ name: "shared", label: t("Others see it too"), value: view?.shared ?? false })}
            ${boxes("roles", t("Only these roles"), roles, view?.roles ?? [])}
            ${queues.length > 1 ? boxes("queue_ids", t("Or whoever serves these queues"), queues, view?.queue_ids ?? []) : nothing}
            <div class="form-hint">${t("Nothing chosen: everybody.")}</div>`
        : nothing}`,
    method: view ? "patch" : "post",
    path: view ? `${path}/${view.key}` : path,
    body: ({ name }) => ({
      ...facts,
      name,
      ...(pageData.may_share && {
        shared: dialog.element.querySelector("[name=shared]").checked,
        roles: picked(dialog, "roles"),
        queue_ids: picked(dialog, "queue_ids").map(Number),
      }),
    }),
    done,
  });
}

/** Keep what was changed of a view; the saved one, or null when it was refused. */
export const saveView = (view, facts) => api.patch(`${path}/${view.key}`, facts).catch(refused);

const refused = (error) => {
  toastError(error);
  return null;
};

/** Remove a view, with the way back: it is made again. */
export async function removeView(view, done) {
  try {
    await api.delete(`${path}/${view.key}`);
  } catch (error) {
    toastError(error);
    return;
  }
  const { name, conditions, columns, sort, descending, shared, roles, queue_ids } = view;
  const again = () => api.post(path, { name, conditions, columns, sort, descending, shared, roles, queue_ids }).then((made) => done(made), toastError);
  toast(t("The view “%(name)s” is removed", { name }), { undo: again });
  done(null);
}
