// Words for what becomes of mail, and the verbs that act on it.
import { ApiError, api } from "../core/api.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";

export const INCOMING = {
  received: () => t("Being read"),
  applied: () => t("Done"),
  quarantined: () => t("In quarantine"),
  discarded: () => t("Discarded"),
};
export const ACTIONS = {
  created: () => t("New ticket"),
  appended: () => t("Added"),
  duplicate: () => t("There already"),
  ignored: () => t("Ignored"),
};
export const OUTGOING = {
  queued: () => t("Waits"),
  sending: () => t("Being sent"),
  sent: () => t("Sent"),
  failed: () => t("Failed"),
  bounced: () => t("Came back"),
};

/** Do one thing through the API, say how it went; `after(answer)` when it worked. */
export async function act(path, said, after) {
  try {
    const answer = await api.post(path);
    toast(typeof said === "function" ? said(answer) : said);
    after?.(answer);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

export const retry = (id, after) =>
  act(`/api/v1/mail/messages/${id}/application`, (row) => (row.state === "quarantined" ? t("It still cannot be read.") : t("It is read now.")), after);
export const confirmMessage = (id, after) => act(`/api/v1/mail/messages/${id}/confirmation`, t("It is the customer's message now."), after);
export const sendAgain = (id, after) => act(`/api/v1/mail/outgoing/${id}/attempts`, t("It is on its way again."), after);
