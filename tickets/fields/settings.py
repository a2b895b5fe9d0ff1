"""Settings of custom fields, and of what each kind of ticket asks and how it moves. The pages hold the frame; rows come and go through the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _

from core.auth.access import permission
from core.settings_pages import SETTINGS
from tickets import rules as ticket_rules
from tickets.fields import presenters, rules

blueprint = Blueprint("field_settings", __name__)
PAGES = (
    ("ticket-fields", _("Custom fields"), "/settings/fields", "adjustments", 32),
    ("ticket-kinds", _("Kinds of tickets"), "/settings/ticket-kinds", "list-details", 34),
)
_WHO = {
    ticket_rules.Who.STAFF: _("a colleague"),
    ticket_rules.Who.CUSTOMER: _("the customer"),
    ticket_rules.Who.MACHINE: _("the system"),
}


def fill() -> None:
    """Add the pages to the settings' side list."""
    for name, label, address, icon, weight in PAGES:
        entry: dict[str, Any] = {"group": "work", "label": label, "address": address, "icon": icon, "permission": "settings.manage"}
        SETTINGS.fill(name, lambda entry=entry: entry, weight=weight)


@blueprint.get("/settings/fields")
@permission("settings.manage")
def fields() -> str:
    """What the firm asks of tickets beyond what every ticket has."""
    return render_template("tickets/settings_fields.html", page_data={"kinds": list(rules.KINDS), "ticket_kinds": list(ticket_rules.KINDS)})


@blueprint.get("/settings/ticket-kinds")
@permission("settings.manage")
def kinds() -> str:
    """Each kind's opening form, and the table of its moves."""
    standard = [{"name": name, "label": str(label)} for name, label in rules.STANDARD_WORDS.items()]
    data = {"standard": standard, "levels": list(rules.LEVELS), **presenters.forms()}
    return render_template("tickets/settings_kinds.html", kinds=state_tables(), page_data=data)


def state_tables() -> list[dict[str, Any]]:
    """Of each kind the moves as people read them: [{kind, label, moves: [{source, target, who, why, needs}]}]."""
    return [
        {"kind": kind, "label": ticket_rules.KIND_WORDS[kind], "moves": [_move(kind, move) for move in ticket_rules.MOVES]}
        for kind in ticket_rules.KINDS
    ]


def _move(kind: str, move: ticket_rules.Move) -> dict[str, Any]:
    needs = []
    if move.ends and kind in ticket_rules.OUTCOME_KINDS:
        needs.append(_("the outcome was told to the customer"))
    if move.target is ticket_rules.Status.RESOLVED:
        needs.append(_("what is required when resolving is there"))
        needs.append(_("no visit is open"))
    return {
        "source": ticket_rules.status_word(move.source),
        "target": ticket_rules.status_word(move.target),
        "who": [_WHO[who] for who in ticket_rules.Who if who in move.by],
        "why": move.why,
        "needs": needs,
    }
