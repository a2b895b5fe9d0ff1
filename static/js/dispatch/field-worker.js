// The service worker of /field: the page and its static files also open without a network. It touches nothing else: not the API, not other pages.
//
// The page says what to keep (field-offline.js): {do: "keep", user, build, files}. The files of a build come first and the page last, so a shell that has
// its page is whole; only then are older ones removed. The server puts the build's number above this text, so that an update replaces this worker.
const PAGE = "/field";
const SHELLS = "callout-field-"; // callout-field-<user>-<build>: a shell; callout-field-<user>-day: that person's last data (field-offline.js)
const DAY = "-day";
const PATIENCE = 5000; // milliseconds: in a cellar with one bar the network is there and brings nothing
const LOOSELY = { ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data?.do !== "keep") return;
  const answer = (whole) => event.ports[0]?.postMessage(whole);
  event.waitUntil(keep(event.data).then(answer, () => answer(false)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (address.pathname === PAGE) event.respondWith(page(request));
  } else if (isFile(address)) event.respondWith(file(request));
});

const isFile = (address) => address.pathname.startsWith("/static/") || address.pathname.startsWith("/i18n/");

/** From the network when it answers in time, else as it was kept. */
async function page(request) {
  const kept = await caches.match(PAGE, LOOSELY);
  try {
    const answer = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE) } : undefined);
    if (kept && answer.status >= 500) return kept;
    // Sent to the sign-in, or no technician any more: what was kept is nobody's.
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) await forget();
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** As it was kept: the build is part of its address. */
const file = async (request) => (await caches.match(request, LOOSELY)) ?? fetch(request);

async function keep({ user, build, files }) {
  const name = `${SHELLS}${user}-${build}`;
  const shell = await caches.open(name);
  const wanted = [...new Set(files)].filter((address) => isFile(new URL(address, self.location.origin)));
  await Promise.all(wanted.map(async (address) => (await shell.match(address, LOOSELY)) ?? shell.add(address)));
  const answer = await fetch(PAGE, { credentials: "same-origin", headers: { Accept: "text/html" } });
  const text = await answer.text();
  const mine = answer.ok && !answer.redirected && text.includes(`/static/${build}/`) && text.includes(`data-user="${user}"`);
  if (!mine) return false; // meanwhile another build or another person: their own page keeps theirs
  const headers = new Headers(answer.headers);
  ["Content-Encoding", "Content-Length", "Set-Cookie"].forEach((header) => headers.delete(header));
  await shell.put(PAGE, new Response(text.replace("<html ", '<html data-kept="yes" '), { headers }));
  await forget((other) => other !== name && other !== `${SHELLS}${user}${DAY}`);
  return true;
}

async function forget(which = () => true) {
  const names = (await caches.keys()).filter((name) => name.startsWith(SHELLS) && which(name));
  await Promise.all(names.map((name) => caches.delete(name)));
}
