// One watched topic as the browser holds it. Pure: no network, no clock, no document; the property test runs this very file.
//
// Every function takes the state, changes it, and returns a list of effects for the shell (../live.js) to carry out:
//   {do: "watch", since, epoch}   ask the server; since null: from the beginning
//   {do: "fetch", fetch}          get the snapshot; hand it in with this number
//   {do: "tell", what: "reset"}                              everything may differ
//   {do: "tell", what: "change", change: {type, key, data}}  one row or the tiles differ
//
// The rules: rows carry the version of the picture they were read from, the highest wins; every change names the one before it, a gap
// is closed by asking; what the server can no longer say is read anew. docs/adr/0001-read-versions.md.

const MOST_TOMBSTONES = 4096;
const MOST_EARLY = 5000;

export function begin() {
  return {
    phase: "away", // away → joining → (loading →) live
    epoch: null,
    last: null, // id of the newest change taken in
    whole: false, // whether a snapshot was ever taken in (and is still good)
    fetch: 0, // number of the newest snapshot asked for
    floor: 0, // no version below counts for any key
    seen: 0, // highest version seen
    versions: new Map(), // key → version, also of removed rows
    rows: new Map(), // key → data
    tiles: null,
    tilesVersion: 0,
    early: [], // changes that came before the answer
    resets: 0,
  };
}

// The connection is there: ask for what was missed, or for all.
export function connected(state) {
  return join(state, state.whole ? state.last : null);
}

// The connection is gone. What is shown stays, and is old from now on.
export function lost(state) {
  state.phase = "away";
  state.early = [];
  return [];
}

// The server's answer to `watch`.
export function acknowledged(state, answer) {
  if (state.phase !== "joining") return [];
  const epochChanged = state.epoch !== null && state.epoch !== answer.epoch;
  state.epoch = answer.epoch;
  if (answer.changes && !epochChanged && state.whole) {
    state.phase = "live";
    const effects = answer.changes.flatMap((change) => take(state, change));
    if (state.phase === "live" || state.phase === "loading") state.last = answer.id;
    return effects.concat(drain(state));
  }
  if (epochChanged) forgetVersions(state);
  if (answer.reset) state.resets += 1;
  state.last = answer.id;
  return load(state).concat(drain(state));
}

// A change from the socket.
export function changed(state, change) {
  if (state.phase === "away") return [];
  if (state.phase === "joining") {
    // Beyond the limit some are missing, which the chain of ids will show.
    if (state.early.length < MOST_EARLY) state.early.push(change);
    return [];
  }
  if (change.epoch !== state.epoch) return restart(state);
  if (compare(change.id, state.last) <= 0) return [];
  if (change.prev !== state.last) {
    const effects = join(state, state.whole ? state.last : null);
    state.early.push(change);
    return effects;
  }
  state.last = change.id;
  return take(state, change);
}

// The server says what the newest id is, because it saw a message get lost.
export function announced(state, head) {
  if (state.phase === "away" || state.phase === "joining") return [];
  if (head.epoch !== state.epoch) return restart(state);
  if (head.id === state.last) return [];
  return join(state, state.whole ? state.last : null);
}

// The snapshot that effect `fetch` asked for.
export function loaded(state, snapshot, fetch) {
  if (state.phase !== "loading" || fetch !== state.fetch) return [];
  if (snapshot.epoch !== state.epoch) return restart(state);
  const version = snapshot.version;
  const rows = new Map();
  const versions = new Map();
  for (const [key, known] of state.versions) {
    if (known <= version) continue; // the snapshot is as new or newer
    versions.set(key, known);
    if (state.rows.has(key)) rows.set(key, state.rows.get(key));
  }
  for (const [key, data] of Object.entries(snapshot.rows)) {
    if (versions.has(key)) continue;
    versions.set(key, version);
    rows.set(key, data);
  }
  state.rows = rows;
  state.versions = versions;
  state.floor = Math.max(state.floor, version);
  const counted = snapshot.tiles_version ?? version; // tiles as they were last published may be older than the rows
  if (counted >= state.tilesVersion) {
    state.tiles = snapshot.tiles;
    state.tilesVersion = counted;
  }
  state.whole = true;
  state.phase = "live";
  return [{ do: "tell", what: "reset" }];
}

// Order of two stream ids ("milliseconds-number"): negative, 0, positive.
export function compare(left, right) {
  const [a, b] = [left, right].map((id) => id.split("-").map(Number));
  return a[0] - b[0] || a[1] - b[1];
}

function join(state, since) {
  state.phase = "joining";
  state.early = [];
  return [{ do: "watch", since, epoch: since === null ? null : state.epoch }];
}

function restart(state) {
  state.whole = false;
  return join(state, null);
}

function load(state) {
  state.phase = "loading";
  state.fetch += 1;
  return [{ do: "fetch", fetch: state.fetch }];
}

// Changes that came while we waited for the answer.
function drain(state) {
  const early = state.early;
  state.early = [];
  return early.flatMap((change) => changed(state, change));
}

// Versions of another epoch say nothing about this one's. The rows stay shown until the snapshot is there.
function forgetVersions(state) {
  state.versions = new Map([...state.versions.keys()].map((key) => [key, 0]));
  state.floor = 0;
  state.seen = 0;
  state.tilesVersion = 0;
}

function take(state, change) {
  state.seen = Math.max(state.seen, change.version);
  if (change.type === "reset") {
    state.resets += 1;
    state.whole = false; // a gap closed by `since` would not bring this again
    return load(state);
  }
  if (change.type === "tiles") {
    if (change.version < state.tilesVersion) return [];
    state.tiles = change.data;
    state.tilesVersion = change.version;
    return tell(change);
  }
  if (change.version < Math.max(state.versions.get(change.key) ?? 0, state.floor)) return [];
  state.versions.set(change.key, change.version);
  if (state.phase === "live") forgetTombstones(state);
  if (change.type === "upsert") state.rows.set(change.key, change.data);
  else if (!state.rows.delete(change.key)) return [];
  return tell(change);
}

function tell(change) {
  return [{ do: "tell", what: "change", change: { type: change.type, key: change.key, data: change.data } }];
}

// A stream's versions only grow, so below the highest seen nothing comes any more that a removed row's version would have to refuse.
function forgetTombstones(state) {
  if (state.versions.size - state.rows.size <= MOST_TOMBSTONES) return;
  state.floor = Math.max(state.floor, state.seen);
  for (const key of [...state.versions.keys()]) {
    if (!state.rows.has(key)) state.versions.delete(key);
  }
}
