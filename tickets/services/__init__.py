"""The verbs of a ticket. Each locks the ticket's row, asks the rules, changes, writes the timeline, moves the clocks, renews the search text and
publishes; all keyword-only, they flush and never commit.

Common arguments: `now` business time (aware, UTC); `actor_id` the acting user's id, None for a machine; `expected_version` the version the caller
saw: Conflict (code `changed_meanwhile`, details with both) when a colleague has changed the same field since.
"""

from tickets.services.assigning import (
    assign,
    link_customer,
    move_to_queue,
    set_equipment,
    set_fields,
    set_kind,
    set_priority,
    set_site,
    set_subject,
)
from tickets.services.changing import change_ticket
from tickets.services.linking import link_tickets, unlink
from tickets.services.merging import merge_tickets, undo_merge
from tickets.services.messages import add_call, add_note, add_visit_entry, answer_channel, receive_message, reply
from tickets.services.opening import open_ticket, reopen_or_follow_up
from tickets.services.queues import create_queue, update_queue
from tickets.services.splitting import split_ticket
from tickets.services.status import change_status, close, reopen, resolve
from tickets.services.tagging import change_tags, create_tag, merge_tags, remove_tag, rename_tag, set_tags
from tickets.services.telling import tell_outcome
from tickets.timeline import Attachment

__all__ = [
    "Attachment",
    "add_call",
    "add_note",
    "add_visit_entry",
    "answer_channel",
    "assign",
    "change_status",
    "change_tags",
    "change_ticket",
    "close",
    "create_queue",
    "create_tag",
    "link_customer",
    "link_tickets",
    "merge_tags",
    "merge_tickets",
    "move_to_queue",
    "open_ticket",
    "receive_message",
    "remove_tag",
    "rename_tag",
    "reopen",
    "reopen_or_follow_up",
    "reply",
    "resolve",
    "set_equipment",
    "set_fields",
    "set_kind",
    "set_priority",
    "set_site",
    "set_subject",
    "set_tags",
    "split_ticket",
    "tell_outcome",
    "undo_merge",
    "unlink",
    "update_queue",
]
