"""What rules choose from: (value, label), words in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.auth.permissions import ROLES
from core.db import db
from core.i18n import current_language
from core.webhooks.models import Endpoint
from staff import queries as staff
from tickets import queries, rules
from tickets.fields import queries as custom

Pairs = Sequence[tuple[Any, Any]]
NOBODY = 0  # as a person's id
_ROLE_WORDS = {
    "agent": _("Agents"),
    "technician": _("Technicians"),
    "dispatcher": _("Dispatchers"),
    "supervisor": _("Supervisors"),
    "admin": _("Administrators"),
}


def statuses() -> Pairs:
    return [(str(status), word) for status, word in rules.STATUS_WORDS.items()]


def wait_reasons() -> Pairs:
    return [(str(reason), word) for reason, word in rules.WAIT_REASON_WORDS.items()]


def priorities() -> Pairs:
    return list(rules.PRIORITY_WORDS.items())


def kinds() -> Pairs:
    return list(rules.KIND_WORDS.items())


def channels() -> Pairs:
    return list(rules.CHANNEL_WORDS.items())


def clocks() -> Pairs:
    return [(str(kind), word) for kind, word in rules.CLOCK_WORDS.items()]


def roles() -> Pairs:
    return [(role, _ROLE_WORDS[role]) for role in ROLES]


def queues() -> Pairs:
    return [(queue.id, queue.name) for queue in queries.queues(only_active=True)]


def people() -> Pairs:
    return [(person.id, person.name) for person in staff.people()]


def people_or_nobody() -> Pairs:
    return [(NOBODY, _("nobody")), *people()]


def fields() -> Pairs:
    language = current_language()
    return [(one.key, one.label(language)) for one in custom.definitions(only_used=True)]


def webhooks() -> Pairs:
    return list(db.session.execute(select(Endpoint.id, Endpoint.name).order_by(Endpoint.name, Endpoint.id)).tuples())
