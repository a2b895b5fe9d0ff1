// The proof of a skill: a file that is there, to be put there, to be taken away.
import { ApiError, api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";

/** proofControl({row, person_id, may, changed}): `row` has {skill_id, name, proof}; `changed(row)` with what the API answered. */
export function proofControl({ row, person_id, may, changed }) {
  const address = `/api/v1/people/${person_id}/skills/${row.skill_id}/proof`;

  async function put(event) {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    const body = new FormData();
    body.append("file", file);
    try {
      const answer = await api.put(address, body);
      toast(t("%(name)s is kept.", { name: file.name }));
      changed(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  return html`<span class="row-of proof">
    ${row.proof ? html`<a class="clip" href=${row.proof.address} download title=${row.proof.name}>${icon("file-download", { size: "small" })}${row.proof.name}</a>` : may ? nothing : html`<span class="faint">${t("none")}</span>`}
    ${may
      ? html`<label class=${row.proof ? "btn btn-sm btn-quiet btn-icon" : "btn btn-sm"} title=${row.proof ? t("Another file") : t("PDF or picture")}>${icon("upload", { size: "small" })}${row.proof ? nothing : t("Proof")}<input class="visually-hidden" type="file" accept="application/pdf,image/png,image/jpeg,image/webp" aria-label=${t("Proof of %(skill)s", { skill: row.name })} @change=${put} /></label>`
      : nothing}
  </span>`;
}
