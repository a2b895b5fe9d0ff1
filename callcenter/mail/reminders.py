"""Reminders of tasks by mail, to colleagues who want them: no answer to a customer, so nothing of it stands in a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from callcenter.mail import rules, transport
from callcenter.mail.composing import compose
from callcenter.mail.letters import Letter
from callcenter.mail.models import Mailbox
from core import clock, outbox
from core.auth.models import User
from core.db import db, transaction
from tickets.tasks.events import TaskReminded
from tickets.tasks.models import Task

KIND = "mail.remind"


def queue_reminder(event: TaskReminded) -> None:
    """Subscriber: a mail to everybody who wants one, once for each reminder."""
    for user_id in event.mail_to:
        payload = {"task_id": event.task_id, "user_id": user_id, "remind_at": event.remind_at}
        key = f"task-reminder:{event.task_id}:{event.remind_at}:{user_id}"
        outbox.put(kind=KIND, payload=payload, now=event.at, unique_key=key)


@outbox.handles(KIND, queue="fast", lease=60, attempts=10)
def send(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler. Nothing is sent when the task is done or gone meanwhile, or while there is no mailbox or server to send by."""
    config = current_app.config["CALLOUT"]
    with transaction():
        letter = letter_of(payload, now=clock.now()) if config.smtp_out else None
    if letter is not None:
        try:
            transport.send(letter, smtp_out=config.smtp_out, own_name=config.mail_domain)
        except transport.Refused:  # for good: the reminder stands on every page anyway
            return


def letter_of(payload: dict[str, Any], *, now: datetime) -> Letter | None:
    """The mail of a reminder, the same each time it is made but for its date."""
    task, user = db.session.get(Task, payload["task_id"]), db.session.get(User, payload["user_id"])
    mailbox = db.session.scalar(select(Mailbox).where(Mailbox.active).order_by(Mailbox.id).limit(1))
    if task is None or task.done_at is not None or user is None or not user.active or mailbox is None:
        return None
    config = current_app.config["CALLOUT"]
    page = f"/tickets/{task.ticket.number}" if task.ticket is not None else "/tasks"
    with force_locale(user.language):
        due = format_datetime(task.due_at, "medium", tzinfo=ZoneInfo(user.time_zone), locale=user.language) if task.due_at else ""
        lines = [task.text, _("Due: %(time)s", time=due) if due else "", f"{config.public_base_url}{page}"]
        subject = _("Reminder: %(text)s", text=task.text)
    content = compose(
        from_email=mailbox.address,
        from_name=mailbox.sender_name,
        to_email=user.email,
        to_name=user.name,
        subject=subject,
        text="\n\n".join(line for line in lines if line),
        html=None,
        message_id=f"<task-{task.id}-{user.id}-{datetime.fromisoformat(payload['remind_at']).timestamp():.0f}@{config.mail_domain}>",
        in_reply_to=None,
        references=[],
        reply_to=None,
        auto_submitted=True,
        attachments=[],
        loop_token=rules.loop_token(config.secret_key),
        date=now,
    )
    return Letter(mailbox.address, user.email, content)
