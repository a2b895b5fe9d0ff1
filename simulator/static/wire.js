// The webhooks going by: newest first, each with its answer, status and milliseconds.
const SHOWN = 200;
const $ = (id) => document.getElementById(id);

export class Wire {
  #words;
  #entries = [];
  #callSid = '';

  constructor(words) {
    this.#words = words;
    $('mine').addEventListener('change', () => this.#draw());
    $('clear').addEventListener('click', () => {
      this.#entries = [];
      this.#draw();
    });
  }

  set callSid(value) {
    this.#callSid = value;
    this.#draw();
  }

  add(entry) {
    this.#entries.unshift(entry);
    this.#entries.length = Math.min(this.#entries.length, SHOWN);
    if (this.#wanted(entry)) $('entries').prepend(this.#row(entry));
    this.#count();
  }

  #wanted(entry) {
    return !$('mine').checked || !this.#callSid || !entry.call_sid || entry.call_sid === this.#callSid;
  }

  #draw() {
    $('entries').replaceChildren(...this.#entries.filter((entry) => this.#wanted(entry)).map((entry) => this.#row(entry)));
    this.#count();
  }

  #count() {
    $('count').textContent = String(this.#entries.filter((entry) => this.#wanted(entry)).length);
  }

  #row(entry) {
    const item = document.createElement('li');
    const details = document.createElement('details');
    details.append(entry.type === 'alert' ? this.#alert(entry) : this.#summary(entry));
    if (entry.type === 'webhook') {
      const given = Object.entries(entry.parameters).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`).join('\n');
      details.append(this.#block(entry.answer || this.#words.no_answer), this.#block(given));
    }
    item.className = entry.error || entry.type === 'alert' || entry.status >= 400 ? 'failed' : '';
    item.append(details);
    return item;
  }

  #alert(entry) {
    return this.#line([String(entry.code), entry.message, '', '']);
  }

  #summary(entry) {
    const path = new URL(entry.url).pathname + (entry.event ? ` · ${entry.event}` : '') + (entry.attempt ? ` · ${this.#words.retry} ${entry.attempt}` : '');
    return this.#line([entry.method, path, String(entry.status || '–'), `${entry.milliseconds} ms`]);
  }

  #line(texts) {
    const summary = document.createElement('summary');
    const names = ['method', 'path', 'status', 'time'];
    summary.append(...texts.map((textContent, index) => Object.assign(document.createElement('span'), { className: names[index], textContent })));
    return summary;
  }

  #block(textContent) {
    return Object.assign(document.createElement('pre'), { textContent });
  }
}
