"""Places on a ticket that the packages above fill in `wsgi.py`."""

from core.slots import Slot

# Visits, calls and stock on the ticket's page and in its live topic. Fillers only read; data holds codes, ids and times, no words. Who changes what
# a panel shows touches `ticket:<number>` with the key `panel:<name>`.
TICKET_MODULES = Slot(
    "ticket modules",
    "(): path below static/ of a script for the ticket's page; it calls registerPanel and registerAction of js/tickets/panels.js",
)
TICKET_PANELS = Slot("ticket panels", "(ticket: Ticket): (name, data as JSON knows it), None: nothing to show")
# The clocks for arrival and resolution wait for somebody who comes. Who changes what is expected touches `ticket:<number>` with the key `ticket`.
EXPECTED = Slot(
    "expected times",
    "(ticket_ids): {ticket id: {kind of clock: when what it waits for is likely to happen}}; what nobody knows is left out",
)
