// Requests to our own server: JSON, CSRF token, an Idempotency-Key that survives retries, problem+json as ApiError.
import { t } from "./i18n.js";

const RETRY_AFTER = [300, 1000, 3000]; // milliseconds before the second, third and fourth try
const TIMEOUT = 20_000;
const PASSING = new Set([502, 503, 504]); // a proxy without a server behind it for the moment: a restart

/**
 * An answer that is not a success. `title` can be shown as it is; `errors` has messages by field name ({phone: ["…"]});
 * `status` 0 means the network failed and nobody knows whether it was done; `code` is a stable word; `body` the whole problem.
 */
export class ApiError extends Error {
  constructor(status, body = {}) {
    super(body.title || t("Something went wrong. Try again."));
    this.name = "ApiError";
    this.status = status;
    this.title = this.message;
    this.code = body.code ?? "";
    this.errors = body.errors ?? {};
    this.body = body;
  }

  get offline() {
    return this.status === 0;
  }
}

/** A key for one action of a person. Give the same one again when the same action is tried again. */
export const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""));

const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A path with query parameters; empty, null and undefined ones are left out, lists are repeated. */
export function withQuery(path, query = {}) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") parts.append(name, one);
    }
  }
  const text = parts.toString().replaceAll("%2C", ","); // a list of columns stays legible
  return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
}

function prepared(method, body, key, headers) {
  const options = { method, credentials: "same-origin", headers: { Accept: "application/json", ...headers } };
  if (method !== "GET") {
    options.headers["X-CSRFToken"] = csrfToken();
    if (key !== null && (method === "POST" || method === "PATCH" || key)) options.headers["Idempotency-Key"] = key || newKey();
  }
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined && body !== null) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  return options;
}

async function understood(response) {
  if (response.status === 204) return null;
  const json = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = json ? await response.json() : await response.text();
  if (response.ok) return body;
  if (response.status === 401) document.dispatchEvent(new CustomEvent("callout:signed-out"));
  throw new ApiError(response.status, json ? body : {});
}

/**
 * One request. Options: `key` (Idempotency-Key of an action tried again; null: none, for a question that changes nothing), `query`, `headers`, `signal`, `retry` (false: one try only),
 * `timeout` in milliseconds. A write outside /api/ is tried once: only the API remembers keys.
 */
export async function request(method, path, body, { key, query, headers, signal, retry = true, timeout = TIMEOUT } = {}) {
  const options = prepared(method, body, key, headers);
  const waits = retry && (method === "GET" || path.startsWith("/api/")) ? RETRY_AFTER : [];
  const address = query ? withQuery(path, query) : path;
  for (let tries = 0; ; tries += 1) {
    try {
      const limit = AbortSignal.timeout(timeout);
      const response = await fetch(address, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
      if (!PASSING.has(response.status) || tries >= waits.length) return await understood(response);
    } catch (error) {
      if (error instanceof ApiError || signal?.aborted) throw error;
      if (tries >= waits.length || !navigator.onLine) {
        throw new ApiError(0, { title: t("No connection. Nothing is lost: try again in a moment."), code: "offline" });
      }
    }
    await pause(waits[tries]);
  }
}

export const api = {
  get: (path, query, options) => request("GET", path, undefined, { query, ...options }),
  post: (path, body = {}, options) => request("POST", path, body, options),
  put: (path, body = {}, options) => request("PUT", path, body, options),
  patch: (path, body = {}, options) => request("PATCH", path, body, options),
  delete: (path, body, options) => request("DELETE", path, body, options),
};

const held = document.getElementById("page-data");

/** What the server gave this page (`page_data` of render_template), {} without. */
export const pageData = held ? JSON.parse(held.textContent) : {};
