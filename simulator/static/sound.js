// What the phone sounds like: key tones, and the line's words in the language they are meant in.
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const LAYOUT = '123456789*0#';
let audio = null;

export function keyTone(key) {
  audio ??= new AudioContext();
  const place = LAYOUT.indexOf(key);
  const volume = new GainNode(audio, { gain: 0.08 });
  volume.connect(audio.destination);
  for (const frequency of [ROWS[Math.floor(place / 3)], COLUMNS[place % 3]]) {
    const tone = new OscillatorNode(audio, { frequency });
    tone.connect(volume);
    tone.start();
    tone.stop(audio.currentTime + 0.12);
  }
}

export function speakAloud(text, language) {
  if (!('speechSynthesis' in window)) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = language;
  const voices = speechSynthesis.getVoices();
  utterance.voice = voices.find((voice) => voice.lang === language) ?? voices.find((voice) => voice.lang.split('-')[0] === language.split('-')[0]) ?? null;
  speechSynthesis.speak(utterance);
}

export function stopSpeaking() {
  if ('speechSynthesis' in window) speechSynthesis.cancel();
}
