"""Places on the customer's page."""

from core.slots import Slot

# What the customer may know beside the messages: when somebody comes, what was promised. `data` holds codes and times (it goes over the live channel
# as the row `panel:<name>`), `template` says them in words and gets `data` and `ticket`. Who changes it calls `callcenter.web.live.touch_panel`.
VISITOR_PANELS = Slot("visitor panels", "(ticket: Ticket): (name, template, data as JSON knows it), None: nothing to show")
