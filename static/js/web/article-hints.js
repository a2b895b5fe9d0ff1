// The customer's form: while the subject is typed, articles that may help at once. A hint: without it, or when it fails, the form is as it was.
const WAIT = 350; // milliseconds after the last letter
const SHORTEST = 3;
const CHINESE = /[\u3400-\u9fff]{2}/;
const subject = document.getElementById("subject");
const hints = document.getElementById("article-hints");
let timer = 0;
let asked = "";

async function ask() {
  const text = subject.value.trim();
  if (text === asked) return;
  asked = text;
  if (text.length < SHORTEST && !CHINESE.test(text)) {
    hints.replaceChildren();
    return;
  }
  const response = await fetch(`${hints.dataset.address}?text=${encodeURIComponent(text)}`, { headers: { Accept: "text/html" } });
  if (!response.ok || text !== asked) return;
  const found = new DOMParser().parseFromString(await response.text(), "text/html").body;
  hints.replaceChildren(...found.childNodes);
}

subject?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => ask().catch(() => {}), WAIT);
});
