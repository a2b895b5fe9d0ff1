// Words and small parts of articles.
import { html, icon, nothing } from "../../core/html.js";
import { t, tn } from "../../core/i18n.js";
import { marked } from "../../core/marking.js";
import { chip } from "../../core/parts.js";

export const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };
const SHORT = { en: "EN", zh_Hans: "简", zh_Hant: "繁" };
/** EN 简 繁, with their names on hover. */
export const languageSigns = (languages) => html`<span class="small" title=${languages.map((one) => LANGUAGES[one]).join(", ")}>${languages.map((one) => html`<span lang=${tagOf(one)}>${SHORT[one]}</span> `)}</span>`;
export const tagOf = (language) => language.replace("_", "-");

const STATUSES = { draft: () => t("Draft"), published: () => t("Published"), archived: () => t("Archived") };
export const statusWord = (status) => STATUSES[status]?.() ?? status;
const STATUS_ICONS = { draft: "pencil", published: "circle-check", archived: "archive" };

export const statusChip = (article) => chip(statusWord(article.status), { icon: STATUS_ICONS[article.status], kind: article.status === "published" ? "brand" : "" });
export const audienceChip = (article) => (article.public ? chip(t("For customers"), { icon: "world" }) : chip(t("Internal"), { icon: "lock" }));

/** "used 12 times, in the last 90 days 3". */
export const usedWords = ({ used, used_recently: recently }) =>
  used ? t("%(times)s, in the last 90 days %(recent)s", { times: tn("used %(count)s time", "used %(count)s times", used), recent: recently }) : t("not used yet");

/** Says in which language an article is when it is not the one asked for. */
export const fallbackChip = (article) => (article.fallback ? chip(LANGUAGES[article.language], { icon: "language", kind: "strong", title: t("Not there in the language asked for") }) : nothing);

/** The text with the words found in it marked. */
export const withMarks = (text, words = []) => marked(text, words).map(([part, hit]) => (hit ? html`<mark>${part}</mark>` : part));

/** "matches: descale, pump". */
export const matchWords = (matches) => t("matches: %(words)s", { words: matches.slice(0, 6).join(", ") });

const PARTS = { added: "ins", removed: "del" };
/** What changed, as [{kind, text}]; what is the same is shortened to its beginning and end. */
export const difference = (parts) =>
  html`<div class="difference">${parts.map(({ kind, text }) => {
    if (PARTS[kind] === "ins") return html`<ins><span class="visually-hidden">${t("added:")} </span>${text}</ins>`;
    if (PARTS[kind] === "del") return html`<del><span class="visually-hidden">${t("removed:")} </span>${text}</del>`;
    return html`<span>${text.length > 400 ? `${text.slice(0, 160)} … ${text.slice(-160)}` : text}</span>`;
  })}</div>`;

/** A file to take away. */
export const fileLink = (file) => html`<a class="attachment" href=${file.address}>${icon("paperclip", { size: "small" })}<span class="clip">${file.name}</span></a>`;
