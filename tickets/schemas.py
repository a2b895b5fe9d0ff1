"""Shapes of the tickets part of the API."""

from __future__ import annotations

import functools
from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from core.api import PageQuery
from tickets import queries, rules

LONGEST_TEXT = 200_000
BULK = 500
_LARGEST = (1 << 63) - 1


def identity(*, strict: bool = True, **options: Any) -> fields.Integer:
    """An id, or a number of a ticket; not `strict` in an address, where everything is text."""
    return fields.Integer(strict=strict, validate=validate.Range(1, _LARGEST), **options)


def plain(most: int = 300, **options: Any) -> fields.String:
    """A text that PostgreSQL can hold."""
    return fields.String(validate=[validate.Length(max=most), without_nul], **options)


def without_nul(value: Any) -> None:
    """PostgreSQL's text and JSON hold every character but this one."""
    if isinstance(value, str) and "\0" in value:
        raise ma.ValidationError(_("A NUL character cannot be stored."))
    if isinstance(value, dict):
        for key, item in value.items():
            without_nul(key)
            without_nul(item)
    if isinstance(value, list):
        for item in value:
            without_nul(item)


def tag_names(**options: Any) -> fields.List[str]:
    """Names of tags."""
    return fields.List(plain(200), validate=validate.Length(max=rules.TAGS_AT_MOST), **options)


def custom_fields(**options: Any) -> fields.Dict:
    """The values of custom fields by their keys."""
    return fields.Dict(
        keys=plain(100),
        data_key="fields",
        validate=without_nul,
        metadata={
            "description": "Custom fields (`GET /ticket-fields`), key → value: text, number, date as 2026-12-31, choice's key, list "
            "of choices' keys, true or false, id of what it refers to (of a ticket its number). null removes one",
            "example": {"building": "north", "floor": 3},
        },
        **options,
    )


def field_names() -> fields.Dict:
    """What references are called."""
    return fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Key of a field that refers to something → what that is called"},
    )


def one_of(values: tuple[str, ...], **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(values), **options)


@functools.cache
def listed(schema: type[ma.Schema]) -> type[ma.Schema]:
    """The answer of a list: {items, next}."""
    name = schema.__name__.removesuffix("Schema") + "List"
    return ma.Schema.from_dict(
        {"items": fields.List(fields.Nested(schema)), "next": fields.String(allow_none=True, dump_default=None)}, name=name
    )


class ClockSchema(ma.Schema):
    """`remaining_seconds`: working time that a paused clock keeps; of a running one what is left follows from `due_at`."""

    id = fields.Integer()
    kind = fields.String(metadata={"description": "first_response, next_response, on_site, resolution"})
    state = fields.String(metadata={"description": "running, paused, met, missed, cancelled"})
    started_at = fields.AwareDateTime()
    stopped_at = fields.AwareDateTime(allow_none=True)
    target_seconds = fields.Integer()
    used_seconds = fields.Integer(allow_none=True)
    remaining_seconds = fields.Integer(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    warn_at = fields.AwareDateTime(allow_none=True)
    warned_at = fields.AwareDateTime(allow_none=True)
    breached_at = fields.AwareDateTime(allow_none=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    level = fields.Integer(metadata={"description": "Escalation levels that the breach has reached; 0: none"})
    pause_reason = fields.String(allow_none=True)
    expected_at = fields.AwareDateTime(
        allow_none=True,
        metadata={"description": "Of a running one: when the technician is expected, or done; after `due_at` the promise will be broken"},
    )


class TicketLineSchema(ma.Schema):
    """A ticket in a list."""

    id = fields.Integer()
    number = fields.Integer()
    subject = fields.String()
    kind = fields.String()
    status = fields.String()
    wait_reason = fields.String(allow_none=True)
    wait_note = fields.String(allow_none=True, metadata={"description": "What exactly it waits for"})
    priority = fields.String()
    channel = fields.String()
    language = fields.String()
    queue_id = fields.Integer()
    queue = fields.String()
    assignee_id = fields.Integer(allow_none=True)
    assignee = fields.String(allow_none=True)
    customer_id = fields.Integer(allow_none=True)
    customer = fields.String(allow_none=True)
    tier = fields.String(allow_none=True)
    contact_email = fields.String(allow_none=True)
    contact_phone = fields.String(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    unanswered_since = fields.AwareDateTime(allow_none=True)
    resolved_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()
    clocks = fields.List(fields.Nested(ClockSchema))


class TicketListedSchema(TicketLineSchema):
    """A ticket in a list, with its tags and custom fields, and what `columns` asked for more."""

    tags = fields.List(fields.String())
    fields_ = custom_fields(attribute="fields")
    field_names = field_names()
    columns = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True))


class SiteOfTicketSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    address = fields.String()
    access = fields.String()
    time_zone = fields.String()


class EquipmentOfTicketSchema(ma.Schema):
    id = fields.Integer()
    kind = fields.String()
    label = fields.String()
    serial = fields.String()
    warranty_until = fields.Date(allow_none=True)


class LinkSchema(ma.Schema):
    """A link: the one ticket is `kind` of the other, as a duplicate of it."""

    id = fields.Integer()
    kind = fields.String(metadata={"description": "follow_up, duplicate, child, caused_by, split"})
    number = fields.Integer()
    subject = fields.String()
    status = fields.String()
    to = fields.Boolean(metadata={"description": "Whether this ticket is the link's target"})


class MergedSchema(ma.Schema):
    """A ticket that was merged into another."""

    id = fields.Integer()
    number = fields.Integer()
    subject = fields.String()
    merged_at = fields.AwareDateTime()


class OutcomeSchema(ma.Schema):
    """What the customer was told. `entry_id`: the message or call that told it."""

    text = fields.String()
    told_at = fields.AwareDateTime()
    told_by = fields.String()
    entry_id = fields.Integer()


class TicketSchema(TicketLineSchema):
    """One ticket, with all its clocks."""

    site_id = fields.Integer(allow_none=True)
    site = fields.Nested(SiteOfTicketSchema, allow_none=True)
    equipment_id = fields.Integer(allow_none=True)
    equipment = fields.Nested(EquipmentOfTicketSchema, allow_none=True)
    policy_id = fields.Integer(allow_none=True)
    fields_ = custom_fields(attribute="fields")
    field_names = field_names()
    reopened = fields.Integer()
    first_response_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    created_by_id = fields.Integer(allow_none=True)
    outcome = fields.Nested(
        OutcomeSchema, allow_none=True, metadata={"description": "What the customer was told came of it; re-opening ends it"}
    )
    outcome_needed = fields.Boolean(metadata={"description": "It is neither resolved nor closed before the outcome was told"})
    links = fields.List(fields.Nested(LinkSchema))
    merged_into = fields.Integer(allow_none=True, metadata={"description": "Number of the ticket that took this one over"})
    merged = fields.List(fields.Nested(MergedSchema), metadata={"description": "Those that were merged into this one"})
    tags = fields.List(fields.String())


class SelectionQuery(ma.Schema):
    """Which tickets, in which order. All that is given must hold. Without `view` and `sort` by due time."""

    view = plain(50, load_default=None, metadata={"description": "A standard view (open, mine, …) or the id of a saved one"})
    conditions = plain(
        20_000, load_default=None, metadata={"description": "JSON, as /tickets/condition-fields says; instead of the view's own conditions"}
    )
    sort = plain(100, load_default=None, metadata={"description": "A column: due, created, updated, number, priority, customer, …"})
    order = one_of(
        ("asc", "desc"), load_default=None, metadata={"description": "Else as is usual: created and updated newest first, others ascending"}
    )
    columns = plain(2000, load_default=None, metadata={"description": "Names separated by commas: more of each ticket, in its `columns`"})
    queue_id = identity(strict=False, load_default=None)
    status = fields.String(load_default=None, metadata={"description": "One or more, separated by commas"})
    open = fields.Boolean(load_default=None)
    assignee = fields.String(load_default=None, metadata={"description": "A person's id, `me` or `none`"})
    customer_id = identity(strict=False, load_default=None)
    equipment_id = identity(strict=False, load_default=None)
    priority = one_of(rules.PRIORITIES, load_default=None)
    kind = one_of(rules.KINDS, load_default=None)
    due_before = fields.AwareDateTime(load_default=None)
    unanswered = fields.Boolean(load_default=None)
    tags = fields.String(load_default=None, metadata={"description": "One or more, separated by commas: tickets that have all of them"})
    text = plain(load_default=None, metadata={"description": "Words, the number, a serial, the last digits of a phone number"})


class TicketQuery(SelectionQuery, PageQuery):
    """One page of them."""


class TicketInput(ma.Schema):
    """A new ticket. `text` is the customer's first message, in the ticket's channel."""

    subject = plain(required=True)
    text = plain(LONGEST_TEXT, load_default=None)
    author_name = plain(load_default="")
    queue_id = identity(load_default=None, allow_none=True, metadata={"description": "null: as the routing table says"})
    channel = one_of(rules.CHANNELS, load_default="api")
    kind = one_of(rules.KINDS, load_default="fault")
    priority = one_of(rules.PRIORITIES, load_default="normal")
    language = one_of(("en", "zh_Hans", "zh_Hant"), load_default="en")
    customer_id = identity(load_default=None, allow_none=True)
    contact_email = plain(load_default=None, allow_none=True)
    contact_phone = plain(load_default=None, allow_none=True)
    site_id = identity(load_default=None, allow_none=True)
    equipment_id = identity(load_default=None, allow_none=True)
    fields_ = custom_fields(load_default=dict)
    file_ids = fields.List(identity(), load_default=list, validate=validate.Length(max=50))


class TicketPatch(ma.Schema):
    """Only what is sent changes. `version` (or the header `If-Match`): the ticket as the sender saw it; 409 when a colleague changed one of the same
    fields since."""

    subject = plain()
    priority = one_of(rules.PRIORITIES)
    kind = one_of(rules.KINDS)
    queue_id = identity()
    assignee_id = identity(allow_none=True)
    customer_id = identity(allow_none=True)
    site_id = identity(allow_none=True)
    equipment_id = identity(allow_none=True)
    fields_ = custom_fields()
    tags = tag_names()
    version = fields.Integer(strict=True)


class FileSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    content_type = fields.String()
    size = fields.Integer(metadata={"description": "Bytes"})
    address = fields.String()
    content_id = fields.String(allow_none=True)


class EntrySchema(ma.Schema):
    """One line of the timeline. `ticket_id`: whose it is; another's where tickets were merged."""

    id = fields.Integer()
    ticket_id = fields.Integer()
    kind = fields.String(metadata={"description": "message_in, message_out, note, call, visit, change"})
    public = fields.Boolean()
    channel = fields.String(allow_none=True)
    author_id = fields.Integer(allow_none=True)
    author = fields.String()
    text = fields.String()
    new_text = fields.String(allow_none=True)
    cut = fields.Boolean()
    has_html = fields.Boolean()
    html = fields.String(allow_none=True)
    data = fields.Dict()
    happened_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()
    files = fields.List(fields.Nested(FileSchema))


class EntryQuery(ma.Schema):
    """The newest entries, oldest first; `before` an entry's id goes further back."""

    before = identity(strict=False, load_default=None)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, queries.ENTRIES_AT_MOST))


class ReplyInput(ma.Schema):
    """A public answer. `then_status` moves the ticket with it; waiting needs `wait_reason`."""

    text = plain(LONGEST_TEXT, required=True)
    channel = one_of(rules.CHANNELS, load_default=None, allow_none=True)
    then_status = one_of(tuple(rules.Status), load_default=None, allow_none=True)
    wait_reason = one_of(tuple(rules.WaitReason), load_default=None, allow_none=True)
    wait_note = plain(rules.LONGEST_WAIT_NOTE, load_default="")
    file_ids = fields.List(identity(), load_default=list, validate=validate.Length(max=50))


class NoteInput(ma.Schema):
    text = plain(LONGEST_TEXT, required=True)
    file_ids = fields.List(identity(), load_default=list, validate=validate.Length(max=50))


class StatusMoveInput(ma.Schema):
    """`why` is kept in the timeline."""

    why = plain(1000, load_default="")
    version = fields.Integer(strict=True, load_default=None)


class WaitInput(StatusMoveInput):
    reason = one_of(tuple(rules.WaitReason), required=True)
    note = plain(rules.LONGEST_WAIT_NOTE, load_default="", metadata={"description": "What exactly it waits for; shown with the status"})


class OutcomeInput(ma.Schema):
    """`by`: a message that is sent now (`message`, else the outcome's text), a call just made, or an entry that tells it already."""

    text = plain(rules.LONGEST_OUTCOME, required=True)
    by = one_of(("message", "call", "entry"), required=True)
    message = plain(LONGEST_TEXT, load_default="")
    entry_id = identity(load_default=None, allow_none=True)
    then_status = one_of((rules.Status.RESOLVED,), load_default=None, allow_none=True)


class BulkChange(ma.Schema):
    status = one_of(tuple(rules.Status))
    wait_reason = one_of(tuple(rules.WaitReason), allow_none=True)
    wait_note = plain(rules.LONGEST_WAIT_NOTE)
    assignee_id = identity(allow_none=True)
    queue_id = identity()
    priority = one_of(rules.PRIORITIES)
    add_tags = tag_names()
    remove_tags = tag_names()


class BulkInput(ma.Schema):
    numbers = fields.List(identity(), required=True, validate=validate.Length(1, BULK))
    changes = fields.Nested(BulkChange, required=True)


class RefusedSchema(ma.Schema):
    number = fields.Integer()
    code = fields.String()
    title = fields.String()


class BulkSchema(ma.Schema):
    """Each ticket is changed whole or not at all."""

    changed = fields.List(fields.Integer())
    refused = fields.List(fields.Nested(RefusedSchema))


class SkillLevelSchema(ma.Schema):
    skill_id = identity(required=True)
    level = fields.Integer(load_default=1, validate=validate.Range(1, 5))


class QueueSchema(ma.Schema):
    id = fields.Integer()
    key = fields.String()
    name = fields.String()
    branch_id = fields.Integer()
    branch = fields.String(attribute="branch.name")
    position = fields.Integer()
    active = fields.Boolean()
    skills = fields.List(fields.Nested(SkillLevelSchema))


class QueuePatch(ma.Schema):
    name = plain(100)
    branch_id = identity()
    position = fields.Integer(strict=True, validate=validate.Range(0, 1_000_000))
    active = fields.Boolean()
    skills = fields.List(fields.Nested(SkillLevelSchema), validate=validate.Length(max=100))


class QueueInput(QueuePatch):
    class Meta:
        exclude = ("active",)

    key = plain(50, required=True)
    name = plain(100, required=True)
    branch_id = identity(required=True)
