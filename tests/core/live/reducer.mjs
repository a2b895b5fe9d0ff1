// Runs the browser's reducer in node: one JSON request per line in, one JSON answer per line out.
//   {"store": "a", "call": "changed", "args": [...]} → the effects;  {"store": "a", "call": "read"} → the state
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const source = readFileSync(process.argv[2], "utf8");
const reducer = await import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
const stores = new Map();

function answer({ store, call, args = [] }) {
  if (!stores.has(store)) stores.set(store, reducer.begin());
  const state = stores.get(store);
  if (call !== "read") return reducer[call](state, ...args);
  const { phase, last, resets, tiles } = state;
  return { phase, last, resets, tiles, rows: Object.fromEntries(state.rows), remembered: state.versions.size };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
}
