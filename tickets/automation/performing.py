"""Doing a rule's actions on a locked ticket, one after another, each in a savepoint of its own.

What the ticket's own rules refuse (DomainError) has failed for good, and the log says why. Any other error may pass: the action is tried again with
back-off, by an outbox row of its own, and given up after `TRIES`. The actions after it go on at once, or wait for it and are skipped when it fails
for good: as the rule's `stop_on_failure` says. Nothing is lost without a line in the log and a notice to the administrators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from core import clock, outbox
from core.auth.models import Role, User
from core.db import db, transaction
from core.errors import DomainError
from tickets.automation import actions, causes, rules
from tickets.automation.actions import Work
from tickets.automation.models import Rule, RuleFiring
from tickets.locking import lock_ticket
from tickets.notices import services as notices

log = structlog.get_logger()
KIND = "automation.action"
TRIES = 9  # with back-off a quarter of an hour and more
_LONG = ("text", "texts")  # not kept in every line of the log: they stand in the rule's version


def perform(firing: RuleFiring, rule: Rule, work: Work, *, first: int = 0) -> None:
    """Do the actions from number `first` on; the firing holds what came of each. The caller holds the ticket's lock."""
    steps = rule.definition["actions"]
    results = list(firing.results) or [{"state": "waiting", **shown(step)} for step in steps]
    for place in range(first, len(results)):
        results[place] = _one(steps[place], work) if place < len(steps) else {**results[place], "state": "skipped"}
        if results[place]["state"] == "retrying":
            _later(firing, place, work)
        if results[place]["state"] != "done" and rule.definition["stop_on_failure"]:
            if results[place]["state"] == "failed":
                results[place + 1 :] = [{**one, "state": "skipped"} for one in results[place + 1 :]]
            break
    _keep(firing, results)


def shown(step: Mapping[str, Any]) -> dict[str, Any]:
    """An action as the log names it."""
    return {name: value for name, value in step.items() if name not in _LONG}


def _one(step: Mapping[str, Any], work: Work) -> dict[str, Any]:
    found = actions.known().get(step["do"])
    if found is None:
        return {**shown(step), "state": "failed", "problem": str(_("This action is not offered any more."))}
    try:
        with db.session.begin_nested():
            done = found.run(work, step)
        return {**shown(step), "state": "done", **(done or {})}
    except DomainError as error:
        return {**shown(step), "state": "failed", "problem": str(error.message)}
    except Exception as error:
        log.exception("a rule's action failed", rule=work.rule.id, ticket=work.ticket.number, action=step["do"])
        return {**shown(step), "state": "retrying", "problem": f"{type(error).__name__}: {error}"[:500]}


def _later(firing: RuleFiring, place: int, work: Work) -> None:
    due = work.now + outbox.back_off(1)
    payload = {"firing_id": firing.id, "place": place}
    outbox.put(kind=KIND, payload=payload, now=work.now, due_at=due, unique_key=f"{KIND}:{firing.id}:{place}")


def _keep(firing: RuleFiring, results: list[dict[str, Any]]) -> None:
    firing.results = results
    flag_modified(firing, "results")
    firing.state = rules.state_of(results)
    db.session.flush()


def _give_up(payload: dict[str, Any], problem: str) -> None:
    """The last try failed: say so, to the administrators too."""
    firing = db.session.get(RuleFiring, payload["firing_id"], with_for_update=True)
    if firing is None:
        return
    rule, place = db.session.get_one(Rule, firing.rule_id), payload["place"]
    results = list(firing.results)
    results[place] = {**results[place], "state": "failed", "problem": problem[:500]}
    if rule.definition["stop_on_failure"]:
        results = [{**one, "state": "skipped"} if one["state"] == "waiting" else one for one in results]
    _keep(firing, results)
    tell_administrators(rule, _("An action failed again and again and was given up: %(problem)s", problem=problem[:200]), firing.ticket_id)


@outbox.handles(KIND, queue="fast", lease=60, attempts=TRIES, on_give_up=_give_up)
def try_again(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler: one action of a firing once more, and those that wait for it. Returns when it is past that already."""
    place = payload["place"]
    with transaction():
        firing = db.session.get(RuleFiring, payload["firing_id"])
        chain = tuple(firing.chain) if firing is not None else ()
    with causes.under(chain), transaction():
        now = clock.now()
        found = db.session.get(RuleFiring, payload["firing_id"])
        if found is not None:
            ticket = lock_ticket(found.ticket_id)
            found = db.session.get_one(RuleFiring, found.id, with_for_update=True, populate_existing=True)
            rule = db.session.get_one(Rule, found.rule_id)
            if found.results[place]["state"] == "retrying" and place < len(rule.definition["actions"]):
                _again(found, rule, Work(ticket, rule, now, found.key), place)
        outbox.finish(row_id, now=now)


def _again(firing: RuleFiring, rule: Rule, work: Work, place: int) -> None:
    step = rule.definition["actions"][place]
    results = list(firing.results)
    try:
        with db.session.begin_nested():
            done = actions.known()[step["do"]].run(work, step)
        results[place] = {**shown(step), "state": "done", **(done or {})}
    except DomainError as error:
        results[place] = {**shown(step), "state": "failed", "problem": str(error.message)}
    failed = results[place]["state"] == "failed"
    if failed and rule.definition["stop_on_failure"]:
        results = [{**one, "state": "skipped"} if one["state"] == "waiting" else one for one in results]
    _keep(firing, results)
    waiting = next((at for at, one in enumerate(results) if one["state"] == "waiting"), None)
    if waiting is not None:
        perform(firing, rule, work, first=waiting)


def tell_administrators(rule: Rule, text: str, ticket_id: int | None) -> None:
    """A notice that leads to the rule."""
    ids = db.session.scalars(select(User.id).where(User.roles.any(Role.name == "admin")))
    title = _("Rule “%(name)s”", name=rule.name)
    notices.tell(
        user_ids=ids, kind="trouble", title=title, text=text, now=clock.now(), ticket_id=ticket_id, address=f"/settings/rules/{rule.id}"
    )
