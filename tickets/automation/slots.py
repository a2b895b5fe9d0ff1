"""What the packages above add to rules in `wsgi.py`."""

from core.slots import Slot

# Each filler is asked once for each use; what it gives depends on nothing but the code.
TRIGGERS = Slot("rule triggers", "(): a tickets.automation.triggers.Trigger")
ACTIONS = Slot("rule actions", "(): a tickets.automation.actions.Action, None: not offered here")
