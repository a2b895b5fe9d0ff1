// The style sheet of dispatch, for pages of other rooms that show a visit or the booking panel.
const address = new URL("../../css/dispatch.css", import.meta.url).pathname;

if (!document.querySelector('link[rel="stylesheet"][href$="css/dispatch.css"]')) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  document.head.append(link);
}
