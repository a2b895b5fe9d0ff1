"""How mail is joined to the rest; called by `wsgi.py`."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.mail import api, jobs, live, presenters, purchases, reminders, services, views
from callcenter.mail.cli import mail_cli
from callcenter.mail.mailroom import mailroom
from callcenter.mail.models import Mailbox
from callcenter.mail.services import colleagues, outgoing
from core import events, processes, sweeps
from core.api import Api
from core.settings_pages import FIRST_STEPS, SETTINGS, Step
from core.web import MENU
from dispatch.events import PurchaseOrderSent
from dispatch.slots import MAIL_ADDRESS
from tickets.events import ReplySent
from tickets.notices.events import ColleaguesWritten
from tickets.slots import TICKET_MODULES, TICKET_PANELS
from tickets.tasks.events import TaskReminded

HANDLERS = jobs, purchases, reminders  # importing them registers the outbox handlers
MAILBOX = Step(label=_("A mailbox"), text=_("Mails that arrive there become tickets; answers leave under its name."),
               address="/settings/mailboxes", permission="settings.manage", there=select(Mailbox.id))  # fmt: skip


def wire(app: Flask, rest: Api) -> None:
    """Pages, API, command, subscriber, panel, sweep, process."""
    app.cli.add_command(mail_cli)
    app.register_blueprint(views.blueprint)
    rest.register_blueprint(api.blueprint)
    MENU.fill("mail", views.in_menu, weight=50)
    SETTINGS.fill("mailboxes", views.in_settings, weight=20)
    FIRST_STEPS.fill("mailbox", lambda: MAILBOX, weight=34)
    live.register()
    TICKET_MODULES.fill("mail", lambda: "js/mail/panel.js", weight=40)
    events.subscribe(ReplySent, services.queue_reply)
    events.subscribe(ColleaguesWritten, colleagues.queue_for_colleagues)
    events.subscribe(TaskReminded, reminders.queue_reminder)
    events.subscribe(PurchaseOrderSent, purchases.queue_order)
    MAIL_ADDRESS.fill("mail", outgoing.mail_address_of)
    TICKET_PANELS.fill("mail", presenters.ticket_panel, weight=40)
    sweeps.register("mail-waiting", 60, _hand_over_waiting)
    processes.register("mailroom", mailroom)


def _hand_over_waiting(now: datetime) -> bool:
    return services.hand_over_waiting(now)
