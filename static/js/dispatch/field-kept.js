// Whose day is kept on this device for working without a network; nobody else's. Runs on every page with navigation: whoever signs in, or signs out,
// wipes what was kept for another. Reports that were not sent yet stay (IndexedDB, field-queue.js): they are their author's work.
const NAME = /^callout-field-(\d+)-/;
const me = new URL(import.meta.url).searchParams.get("user");

/** Remove the kept pages and days of everybody but `user` (null: of everybody). */
export async function forgetKept(user = null) {
  if (!globalThis.caches) return; // an address without https: nothing is kept there
  const names = (await caches.keys()).filter((name) => NAME.test(name) && NAME.exec(name)[1] !== user);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function signOut(event) {
  event.preventDefault();
  await forgetKept().catch(() => {}); // signing out goes on whatever happens
  event.target.submit();
}

if (me) {
  forgetKept(me).catch(() => {});
  document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", signOut);
}
