// The demo phone: a telephone of an ordinary caller. The socket is the line; what is said on it is read here, and heard when sound is on.
import { keyTone, speakAloud, stopSpeaking } from '/static/sound.js';
import { Wire } from '/static/wire.js';

const KEYS = [['1', ''], ['2', 'ABC'], ['3', 'DEF'], ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'], ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'],
  ['*', ''], ['0', '+'], ['#', '']];
const $ = (id) => document.getElementById(id);
const language = document.documentElement.lang;

class Phone {
  #words;
  #socket = null;
  #began = 0;
  #people = new Map();

  constructor(words) {
    this.#words = words;
    this.wire = new Wire(words);
    this.#draw('idle');
    this.#open();
    this.#listen();
    setInterval(() => this.#tick(), 500);
  }

  async load() {
    const { numbers, callers } = await (await fetch('/phone/config.json')).json();
    $('called').replaceChildren(...numbers.map(({ number, name }) => new Option(name === number ? number : `${name} · ${number}`, number)));
    for (const person of callers) {
      this.#people.set(person.number, person);
      $('caller').add(new Option([person.name, person.number, person.note].filter(Boolean).join(' · '), person.number), $('caller').options[0]);
    }
    if (callers.length) $('caller').selectedIndex = 0;
    this.#callerChanged();
  }

  get caller() {
    const chosen = $('caller').value;
    return chosen === 'type' ? $('typed').value.trim() : chosen;
  }

  #word(key, values = {}) {
    return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), this.#words[key] ?? key);
  }

  #open() {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/phone/socket?lang=${language}`);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#callerChanged());
    socket.addEventListener('message', (event) => this.#receive(JSON.parse(event.data)));
    socket.addEventListener('close', () => {
      this.#ended('lost');
      setTimeout(() => this.#open(), 1500);
    });
  }

  #send(type, fields = {}) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type, ...fields }));
  }

  #listen() {
    $('keypad').replaceChildren(...KEYS.map(([key, letters]) => this.#key(key, letters)));
    $('caller').addEventListener('change', () => this.#callerChanged());
    $('typed').addEventListener('change', () => this.#callerChanged());
    $('setup').addEventListener('submit', (event) => event.preventDefault());
    $('call').addEventListener('click', () => this.#dial());
    $('answer').addEventListener('click', () => this.#send('answer'));
    $('hangup').addEventListener('click', () => this.#send(this.state === 'offered' ? 'decline' : 'hangup'));
    $('talk').addEventListener('submit', (event) => this.#talk(event));
    $('sound').addEventListener('change', () => $('sound').checked || stopSpeaking());
    document.addEventListener('keydown', (event) => {
      const typing = event.target.matches('input, select') || event.ctrlKey || event.metaKey || event.altKey;
      if (!typing && /^[0-9*#]$/.test(event.key)) this.#press(event.key);
    });
  }

  #key(key, letters) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(key, Object.assign(document.createElement('small'), { textContent: letters, ariaHidden: 'true' }));
    button.addEventListener('click', () => this.#press(key));
    return button;
  }

  #press(key) {
    if (this.state !== 'talking') return;
    if ($('sound').checked) keyTone(key);
    this.#send('digits', { digits: key });
  }

  #callerChanged() {
    $('typed-row').hidden = $('caller').value !== 'type';
    this.#send('number', { number: this.caller });
  }

  #dial() {
    if (!/^(\+[1-9]\d{1,14}|anonymous)$/.test(this.caller)) {
      this.#note(this.#word('number_first'));
      $('typed').focus();
      return;
    }
    $('log').replaceChildren();
    this.wire.callSid = '';
    this.#draw('dialling');
    this.#send('dial', { from: this.caller, to: $('called').value });
  }

  #talk(event) {
    event.preventDefault();
    const text = $('line').value.trim();
    if (!text) return;
    $('line').value = '';
    if (this.state === 'talking') {
      this.#send('speak', { text });
    } else {
      this.#send('text', { to: $('called').value, body: text });
      this.#bubble(text, { mine: true, who: this.#word('text_message') });
    }
  }

  #receive(message) {
    const actions = {
      dialled: () => { this.wire.callSid = message.callSid; },
      refused: () => this.#ended('refused'),
      ring: () => { this.wire.callSid = message.callSid; this.#draw('offered', message.caller); },
      ended: () => this.#ended(message.status),
      line: () => this.#line(message.line),
      wire: () => this.#onWire(message.entry),
    };
    actions[message.type]?.();
  }

  #onWire(entry) {
    if (entry.type === 'message') this.#bubble(entry.body, { who: `${this.#word('text_message')} · ${entry.from}` });
    else this.wire.add(entry);
  }

  #line(line) {
    const show = {
      say: () => { this.#bubble(line.text, {}); this.#aloud(line.text, line.language); },
      caption: () => { this.#bubble(line.text, { who: line.speaker }); this.#aloud(line.text, language); },
      speech: () => this.#bubble(line.text, { mine: true }),
      unheard: () => this.#note(this.#word('unheard')),
      digits: () => this.#bubble(line.digits, { mine: true }),
      music: () => { $('music').hidden = !line.on; },
      play: () => { $('music').hidden = !line.music; if (!line.music) this.#note(this.#word('plays', { what: line.url })); },
      pause: () => {},
      beep: () => this.#note(this.#word('beep')),
      ringing: () => this.#note(this.#word('ringing')),
      queued: () => this.#note(this.#word('queued', { queue: line.queue })),
      'left-queue': () => { $('music').hidden = true; },
      conference: () => { if (line.on) $('music').hidden = true; },
      bridged: () => { $('music').hidden = true; },
      hold: () => this.#note(this.#word(line.on ? 'held' : 'unheld')),
      recording: () => this.#note(this.#word(line.on ? 'recording' : 'recorded')),
      status: () => { if (line.status === 'in-progress') this.#draw('talking'); },
    };
    show[line.kind]?.();
  }

  #aloud(text, spoken) {
    if ($('sound').checked) speakAloud(text, spoken || 'en-US');
  }

  #bubble(text, { mine = false, who = '' }) {
    const item = document.createElement('p');
    item.className = mine ? 'mine' : '';
    if (who) item.append(Object.assign(document.createElement('span'), { className: 'who', textContent: who }));
    item.append(text);
    this.#append(item);
  }

  #note(text) {
    this.#append(Object.assign(document.createElement('p'), { className: 'note', textContent: text }));
  }

  #append(item) {
    const atEnd = $('log').scrollHeight - $('log').scrollTop - $('log').clientHeight < 60;
    $('log').append(item);
    if (atEnd) $('log').scrollTop = $('log').scrollHeight;
  }

  #ended(status) {
    if (this.state !== 'idle') this.#note(this.#word(`ended_${status.replaceAll(/[ -]/g, '_')}`));
    stopSpeaking();
    this.#draw('idle');
  }

  #draw(state, caller = '') {
    if (state === 'talking' && this.state !== 'talking') this.#began = Date.now();
    this.state = state;
    $('state').textContent = this.#word(state, { caller });
    $('call').hidden = state !== 'idle';
    $('answer').hidden = state !== 'offered';
    $('hangup').hidden = state === 'idle';
    $('timer').hidden = state !== 'talking';
    if (state === 'idle') $('music').hidden = true;
    for (const control of $('setup').elements) control.disabled = state !== 'idle';
    $('say').textContent = this.#word(state === 'talking' ? 'speak' : 'send_text');
    $('line').placeholder = this.#word(state === 'talking' ? 'speak_line' : 'text_line');
    this.#tick();
  }

  #tick() {
    if (this.state !== 'talking') return;
    const seconds = Math.floor((Date.now() - this.#began) / 1000);
    $('timer').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}

const words = await (await fetch(`/phone/words.json?lang=${language}`)).json();
await new Phone(words).load();
