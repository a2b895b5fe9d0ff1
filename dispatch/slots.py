"""Places of dispatch that the packages above fill in `wsgi.py`."""

from core.slots import Slot

# Nobody is told by mail where no mail would leave.
MAIL_ADDRESS = Slot("mail address", "(ticket: Ticket): the address to which an answer on it leaves as mail, None: none would leave")
