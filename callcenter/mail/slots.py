"""Places in mail that packages beside it fill."""

from core.slots import Slot

# The customer's own page of a ticket, named in what we write to them. The address holds a secret: it goes into the mail and nowhere else.
TICKET_LINK = Slot("ticket link", "(ticket_id: int, now: datetime): address for the customer, None: there is no such page")
