// The server's (business) time in the browser. Of several samples the one with the shortest way there and back is trusted most.

const KEPT = 8;
const JUMP = 2000; // milliseconds: more than this is not the network, somebody moved the clock

let samples = [];

// Milliseconds since 1970, as the server would say now.
export function serverNow() {
  return Date.now() + offset();
}

// `at`: the server's time (ISO) in an answer to a request sent at `sent` and answered at `received` (Date.now()).
export function sample(at, sent, received) {
  const fresh = { offset: Date.parse(at) - (sent + received) / 2, way: received - sent };
  if (samples.length && Math.abs(fresh.offset - offset()) > JUMP + fresh.way) samples = [];
  samples = [...samples, fresh].slice(-KEPT);
}

// Whether a time the server just said does not fit what we believe.
export function strange(at) {
  return samples.length === 0 || Math.abs(Date.parse(at) - serverNow()) > JUMP;
}

function offset() {
  if (!samples.length) return 0;
  return samples.reduce((best, one) => (one.way < best.way ? one : best)).offset;
}
