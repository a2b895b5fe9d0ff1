// The ring of an incoming call: two soft tones every three seconds, made here, no file. Silent until the person has clicked once on the page.
const TONES = [587.33, 783.99]; // Hz: d″, g″
const EVERY = 3000; // milliseconds
const VOLUME = 0.08;
let context = null;
let timer = 0;

function tone(frequency, at) {
  const source = new OscillatorNode(context, { frequency, type: "sine" });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setTargetAtTime(VOLUME, at, 0.02);
  volume.gain.setTargetAtTime(0, at + 0.25, 0.12);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + 1);
}

function once() {
  TONES.forEach((frequency, place) => tone(frequency, context.currentTime + 0.05 + place * 0.28));
}

/** Ring until told to stop. */
export function ring() {
  stopRinging();
  if (!navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  context.resume();
  once();
  timer = setInterval(once, EVERY);
}

export function stopRinging() {
  clearInterval(timer);
}
