// The browser side of a simulated softphone: the small part of @twilio/voice-sdk's Device and Call that the console uses.
// Beyond the SDK there are only `call.speak(text)` and the call's `caption` event {from, text}: simulated calls are spoken in writing.

class Emitter {
  #listeners = new Map();

  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(listener);
    return this;
  }

  off(event, listener) {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  emit(event, ...values) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...values);
  }
}

class SimulatorCall extends Emitter {
  #send;
  #muted = false;
  #state;

  constructor(send, { id = '', direction, parameters = {}, customParameters = {} }) {
    super();
    this.#send = send;
    this.#state = direction === 'incoming' ? 'pending' : 'connecting';
    this.id = id;
    this.direction = direction;
    this.parameters = parameters;
    this.customParameters = new Map(Object.entries(customParameters));
  }

  status() {
    return this.#state;
  }

  accept() {
    if (this.#state === 'pending') this.#ask('accept');
  }

  reject() {
    if (this.#state !== 'pending') return;
    this.#ask('reject');
    this.close('reject');
  }

  ignore() {
    if (this.#state !== 'pending') return;
    this.#ask('ignore');
    this.close('cancel');
  }

  disconnect() {
    if (this.#state === 'closed') return;
    if (this.parameters.CallSid) this.#ask('disconnect');
    else this.hangUpWhenKnown = true;
  }

  mute(shouldMute = true) {
    this.#muted = shouldMute;
    this.#ask('mute', { muted: shouldMute });
    this.emit('mute', shouldMute, this);
  }

  isMuted() {
    return this.#muted;
  }

  sendDigits(digits) {
    this.#ask('digits', { digits });
  }

  speak(text) {
    this.#ask('speak', { text });
  }

  // What the device tells it.

  known(callSid) {
    this.parameters = { ...this.parameters, CallSid: callSid };
    if (this.#state === 'connecting') this.#state = 'ringing';
    if (this.hangUpWhenKnown) this.disconnect();
  }

  opened() {
    this.#state = 'open';
    this.emit('accept', this);
  }

  close(event, ...values) {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.emit(event, ...values, this);
  }

  line(line) {
    if (line.kind === 'caption') this.emit('caption', { from: line.speaker, text: line.text });
    else if (line.kind === 'say') this.emit('caption', { from: '', text: line.text });
    this.emit('line', line);
  }

  #ask(type, fields = {}) {
    this.#send({ type, callSid: this.parameters.CallSid, ...fields });
  }
}

export class SimulatorDevice extends Emitter {
  #url;
  #token;
  #socket = null;
  #waiting = [];
  #calls = new Map();
  #asked = new Map();
  #wanted = false;
  #destroyed = false;
  #attempt = 0;
  #next = 1;

  // url: the simulator's address (http or ws, with or without /device); token: an access token with a voice grant.
  constructor({ url, token }) {
    super();
    this.#url = url.replace(/^http/, 'ws').replace(/\/(device)?$/, '') + '/device';
    this.#token = token;
    this.identity = '';
    this.state = 'unregistered';
  }

  get isBusy() {
    return this.#calls.size + this.#asked.size > 0;
  }

  async register() {
    this.#wanted = true;
    this.state = 'registering';
    this.emit('registering');
    this.#open();
    await new Promise((resolve, reject) => {
      const settle = (done, value) => {
        this.off('registered', registered);
        this.off('error', failed);
        done(value);
      };
      const registered = () => settle(resolve);
      const failed = (error) => settle(reject, error);
      this.on('registered', registered);
      this.on('error', failed);
    });
  }

  async connect({ params = {} } = {}) {
    const id = String(this.#next++);
    const call = new SimulatorCall((message) => this.#send(message), { id, direction: 'outgoing' });
    this.#asked.set(id, call);
    this.#open();
    this.#send({ type: 'connect', id, params });
    return call;
  }

  updateToken(token) {
    this.#token = token;
    if (this.#socket) this.#send({ type: 'token', token });
  }

  disconnectAll() {
    for (const call of [...this.#calls.values(), ...this.#asked.values()]) call.disconnect();
  }

  destroy() {
    this.#destroyed = true;
    this.#wanted = false;
    this.#socket?.close();
    this.state = 'destroyed';
    this.emit('destroyed');
  }

  #open() {
    if (this.#socket || this.#destroyed) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ type: 'register', token: this.#token }));
      for (const message of this.#waiting.splice(0)) socket.send(JSON.stringify(message));
    });
    socket.addEventListener('message', (event) => this.#receive(JSON.parse(event.data)));
    socket.addEventListener('close', () => this.#lost());
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else this.#waiting.push(message);
  }

  // A closed socket ended our calls on the carrier's side; registration is tried again, each time a little later.
  #lost() {
    this.#socket = null;
    for (const call of [...this.#calls.values(), ...this.#asked.values()]) call.close('disconnect');
    this.#calls.clear();
    this.#asked.clear();
    this.#waiting = [];
    if (this.#destroyed) return;
    this.state = 'unregistered';
    this.emit('unregistered');
    if (!this.#wanted) return;
    this.#attempt += 1;
    setTimeout(() => this.#open(), Math.min(5000, 250 * 2 ** this.#attempt));
  }

  #receive(message) {
    const call = this.#calls.get(message.callSid) ?? this.#asked.get(message.id);
    switch (message.type) {
      case 'registered':
        this.#attempt = 0;
        this.identity = message.identity;
        this.state = 'registered';
        this.emit('registered');
        break;
      case 'incoming': {
        const made = new SimulatorCall((text) => this.#send(text), { direction: 'incoming', ...message });
        this.#calls.set(message.callSid, made);
        this.emit('incoming', made);
        break;
      }
      case 'ringing':
        this.#asked.delete(message.id);
        this.#calls.set(message.callSid, call);
        call?.known(message.callSid);
        break;
      case 'accept':
        call?.opened();
        break;
      case 'line':
        call?.line(message.line);
        break;
      case 'disconnect':
      case 'cancel':
        this.#calls.delete(message.callSid);
        call?.close(message.type);
        break;
      case 'tokenWillExpire':
        this.emit('tokenWillExpire', this);
        break;
      case 'error':
        this.#failed(message, call);
        break;
    }
  }

  #failed(message, call) {
    const error = Object.assign(new Error(message.message), { code: message.code });
    if (call && message.id) {
      this.#asked.delete(message.id);
      call.emit('error', error, call);
      call.close('disconnect');
    } else {
      this.emit('error', error);
    }
  }
}
