// On every page of who works tickets: "Take next", a key and the buttons marked data-take-next.
import { ApiError, api, newKey } from "../../core/api.js";
import { t } from "../../core/i18n.js";
import { bind } from "../../core/keys.js";
import { toastError } from "../../core/toast.js";

let busy = false;

async function takeNext() {
  if (busy) return;
  busy = true;
  try {
    const { number } = await api.post("/api/v1/next-ticket", {}, { key: newKey() });
    location.assign(location.pathname === "/console" ? `/console?ticket=${number}` : `/tickets/${number}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error); // says why there is none
  } finally {
    busy = false;
  }
}

bind("g n", t("Take the next ticket"), takeNext, { group: t("Everywhere") });
document.addEventListener("click", (event) => event.target.closest("[data-take-next]") && takeNext());
