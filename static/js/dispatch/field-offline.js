// The field app without a network: the service worker keeps the page, this module keeps the day's data, and says whether the page can be installed.
import { serverNow } from "../core/live.js";
import { sample } from "../core/live/clock.js";

const BUILD = new URL(import.meta.url).pathname.split("/")[2] ?? "";
const LAST = "/field/last-day"; // no address of the server: a name inside the cache
const ROUGHLY = 60_000; // milliseconds: a kept difference to the server's clock counts less than any real answer

/** Whether this page came from the device and not from the network. */
export const isKept = document.documentElement.dataset.kept === "yes";

const dayCache = (user) => globalThis.caches?.open(`callout-field-${user}-day`);

/** Keep the day: {at (when it was true, ms of the server's clock), visits, van}. Nothing where the browser keeps nothing. */
export async function keepDay(user, day) {
  const cache = await dayCache(user);
  await cache?.put(LAST, Response.json({ ...day, offset: serverNow() - Date.now() }));
}

/** The day last kept, null when there is none. */
export async function lastDay(user) {
  const found = await (await dayCache(user))?.match(LAST);
  const day = (await found?.json()) ?? null;
  if (day && isKept) {
    const now = Date.now();
    sample(new Date(now + day.offset).toISOString(), now - ROUGHLY, now + ROUGHLY);
  }
  return day;
}

/** Register the worker and let it keep this page's files. Resolves to whether all of it is kept. */
export async function keepPage(user) {
  if (!navigator.serviceWorker || isKept) return isKept;
  await navigator.serviceWorker.register("/field/worker.js", { scope: "/field", updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
  const files = loaded.filter((address) => address.origin === location.origin).map((address) => `${address.pathname}${address.search}`);
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = (event) => resolve(event.data)));
  active.postMessage({ do: "keep", user, build: BUILD, files: [...files, `/static/${BUILD}/vendor/icons.svg`] }, [port2]);
  return answer;
}

let offered = null;
/** Call `changed(install)` when the browser offers to put the page on the home screen; `install` is null when there is nothing (any more) to do. */
export function onInstallable(changed) {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered = event;
    changed(async () => {
      await offered?.prompt();
      offered = null;
      changed(null);
    });
  });
  addEventListener("appinstalled", () => changed(null));
}
