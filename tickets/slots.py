"""Places on a ticket that the packages above fill in `wsgi.py`."""

from core.slots import Slot

# Visits, calls and stock on the ticket's page and in its live topic. Fillers only read; data holds codes, ids and times, no words. Who changes what
# a panel shows touches `ticket:<number>` with the key `panel:<name>`.
TICKET_MODULES = Slot(
    "ticket modules",
    "(): path below static/ of a script for the ticket's page; it calls registerPanel and registerAction of js/tickets/panels.js",
)
TICKET_PANELS = Slot("ticket panels", "(ticket: Ticket): (name, data as JSON knows it), None: nothing to show")
