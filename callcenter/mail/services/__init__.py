"""The verbs of mail. They flush; only `receive`, `apply_stored` and `apply_left_over` open transactions, because what came in must be kept
whatever happens to it next."""

from callcenter.mail.services.intake import PASSING, Received, apply_left_over, apply_stored, header_facts, receive, retry, store
from callcenter.mail.services.mailboxes import connect_mailbox, save_mailbox
from callcenter.mail.services.outgoing import confirm_receipt, hand_over_waiting, queue_reply, try_again
from callcenter.mail.services.quarantine import confirm, discard

__all__ = [
    "PASSING",
    "Received",
    "apply_left_over",
    "apply_stored",
    "confirm",
    "confirm_receipt",
    "connect_mailbox",
    "discard",
    "hand_over_waiting",
    "header_facts",
    "queue_reply",
    "receive",
    "retry",
    "save_mailbox",
    "store",
    "try_again",
]
