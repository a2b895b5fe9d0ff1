// The agents' console: what waits (left), the call over its ticket (middle), the caller (right). All of it live; this file only joins the parts.
import { api, pageData } from "../core/api.js";
import { html, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { bind } from "../core/keys.js";
import { empty } from "../core/parts.js";
import { toastError } from "../core/toast.js";
import { agent } from "./agent.js";
import { callCard } from "./call-card.js";
import { callerCard } from "./caller-card.js";
import { myState } from "./my-state.js";
import { myTickets } from "./my-tickets.js";
import { ticketPane } from "./ticket-pane.js";
import { waitingCalls } from "./waiting.js";

const place = (id) => document.getElementById(id);
const root = place("console");
const address = new URL(location.href);
let chosen = Number(address.searchParams.get("ticket")) || null; // the ticket looked at; null: the call's
let lastCall = null;

const pane = ticketPane(place("ticket"), { onTicket: drawCaller, email: (ticket) => caller.email(ticket.customer_id), nothing: nobody });
const caller = callerCard(place("caller"), { ticket: () => pane.ticket, onCard: () => pane.redraw() });

/** The ticket in the middle: the one chosen, else the call's. */
function shown() {
  return chosen ?? agent.call?.ticket ?? null;
}

function choose(number) {
  chosen = number;
  if (number === null) address.searchParams.delete("ticket");
  else address.searchParams.set("ticket", number);
  history.replaceState(null, "", address);
  draw();
  if (number !== null) place("ticket").scrollIntoView({ block: "nearest" });
}

function nobody() {
  return empty({
    icon: "headset",
    title: agent.presence?.state === "ready" ? t("Ready for the next call") : t("Nobody talks to you"),
    text: agent.presence?.state === "ready" ? t("It rings here. Until then, take a ticket from the left.") : t("Choose Ready to take calls, or take a ticket from the left."),
  });
}

function draw() {
  const { call } = agent;
  if (call?.id !== lastCall) {
    lastCall = call?.id ?? null;
    if (call) chosen = null; // a new call brings its own ticket to the front
  }
  root.dataset.busy = agent.talking ? "talking" : call ? "wrap-up" : "";
  pane.show(shown(), { call });
  card.draw();
  drawCaller();
}

function drawCaller() {
  const { call } = agent;
  const aboutCall = call && (chosen === null || chosen === call.ticket);
  caller.show(aboutCall ? { customerId: call.customer?.id ?? null, call } : { customerId: pane.ticket?.customer_id ?? null, ticket: pane.ticket, coming: chosen !== null && !pane.ticket });
}

const card = callCard(place("call"), {
  elsewhere: () => (agent.call && chosen !== null && chosen !== agent.call.ticket ? chosen : null),
  back: () => choose(null),
  link: () => api.put(`/api/v1/calls/${agent.call.id}/link`, { ticket_id: pane.ticket.id }).then(() => choose(null)).catch(toastError),
});

if (pageData.may_take && pageData.person_id) {
  myState(place("my-state"), place("my-offer"));
} else {
  render(html`<p class="note">${t("Your account takes no calls. Tickets work as always.")}</p>`, place("my-state"));
}
waitingCalls(place("waiting"));
myTickets(place("my-tickets"), { open: choose, current: shown });
agent.onChange(draw);

place("caller").addEventListener("click", (event) => {
  const link = event.target.closest("[data-console-ticket]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(Number(link.dataset.consoleTicket));
});

const inTicket = { group: t("Ticket") };
bind("r", t("Reply"), () => pane.focus("reply"), inTicket);
bind("i", t("Internal note"), () => pane.focus("note"), inTicket);
bind("e", t("Resolve"), () => pane.resolve(), inTicket);
