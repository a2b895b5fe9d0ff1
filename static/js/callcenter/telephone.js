// The agent's moves on their telephone, the same from the top bar and from the console: state, accept, decline, come back after a loss.
import { api } from "../core/api.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { agent } from "./agent.js";
import { softphone } from "./softphone.js";

const CONSOLE = "/console";
const CARRIED = "callout-join"; // an accepted call on its way from another page to the console

export const onConsole = location.pathname === CONSOLE;
let answering = false;
let rejoining = false;

export const isAnswering = () => answering;

/** Ready, break or offline. Ready is the click that makes the telephone. */
export async function choose(state, reason = null) {
  if (state === "ready") {
    try {
      await softphone.start();
    } catch (error) {
      toastError({ title: error.title ?? error.message });
      return;
    }
  }
  await agent.setPresence(state, reason).catch(toastError);
}

/** Take the call: here on the console; from another page the console opens and takes it. */
export async function accept(offer) {
  if (answering) return;
  answering = true;
  try {
    const preparing = onConsole ? softphone.start() : null; // within the click
    const { call, join } = await agent.accept(offer);
    if (onConsole) {
      await preparing;
      await softphone.join(join, call.id);
    } else {
      sessionStorage.setItem(CARRIED, JSON.stringify({ join, call: call.id }));
      location.assign(CONSOLE);
    }
  } catch (error) {
    toastError({ title: error.title ?? error.message });
  } finally {
    answering = false;
  }
}

export async function decline(offer) {
  try {
    await agent.decline(offer);
    toast(t("The call goes to a colleague. You are on a break until you choose Ready."), { action: { label: t("Ready"), run: () => choose("ready") } });
  } catch (error) {
    toastError(error);
  }
}

/** A call accepted on the page before this one. */
export async function takeCarried() {
  const carried = JSON.parse(sessionStorage.getItem(CARRIED) ?? "null");
  sessionStorage.removeItem(CARRIED);
  if (carried) await softphone.join(carried.join, carried.call).catch((error) => toastError({ title: error.title ?? error.message }));
}

/** Back into the conference after the connection was lost. `unasked`: nobody clicked, so a call that is over by now is no news. */
export async function rejoin(call, { unasked = false } = {}) {
  if (rejoining || softphone.busy) return;
  rejoining = true;
  try {
    const { join } = await api.post(`/api/v1/calls/${call.id}/rejoin`);
    await softphone.join(join, call.id);
  } catch (error) {
    if (!(unasked && error.status === 409)) toastError({ title: error.title ?? error.message });
  } finally {
    rejoining = false;
  }
}

/** The window that had the call comes back by itself (a reload, a short loss of network); in others the agent is asked. */
function returnWhenLost() {
  const { call } = agent;
  if (softphone.busy) return;
  if (!call || call.my_state === "wrap_up") softphone.forget();
  else if (call.my_state === "lost" && softphone.heldBefore === call.id) rejoin(call, { unasked: true });
}

/** A call lives in its window: other pages open beside it, and closing it is asked about. */
function keepWindow() {
  document.addEventListener("click", (event) => {
    const link = softphone.busy && event.target.closest("a[href]");
    if (!link || event.defaultPrevented || link.target || link.origin !== location.origin || link.pathname === location.pathname) return;
    event.preventDefault();
    window.open(link.href, "_blank", "noopener");
  });
  window.addEventListener("beforeunload", (event) => softphone.busy && event.preventDefault());
}

agent.onChange(returnWhenLost);
softphone.onChange(() => agent.known && returnWhenLost());
keepWindow();
