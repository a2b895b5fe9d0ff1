// The style sheet of tasks and time, for pages of others that show them.
const address = new URL("../../css/work.css", import.meta.url).pathname;

if (!document.querySelector('link[rel="stylesheet"][href$="css/work.css"]')) {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));
}
