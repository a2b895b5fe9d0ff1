"""The page `/outbox` of a demo: what customers got by mail, and their answers. Only there, only for this very machine; 404 otherwise."""

from __future__ import annotations

import functools
import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from callcenter.demo.sink import folder, sink
from callcenter.mail import frames, queries
from callcenter.mail.parsing import ParsedMail, parse
from core import clock, processes
from core.auth.access import public
from core.web import from_loopback

SHOWN = 200
SECONDS = 10
_NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}\Z")
_PLAIN_ADDRESS = re.compile(r"[^\s<>@,;]{1,64}@[^\s<>@,;]{1,200}\Z")
blueprint = Blueprint("outbox", __name__)


def wire(app: Flask) -> None:
    """The page and the process that fills it."""
    app.register_blueprint(blueprint)
    processes.register("sink", sink)


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail that the sink took."""

    name: str
    mail: ParsedMail


def demo_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """404 unless this is a demo, asked from this very machine."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_app.config["CALLOUT"].demo or not from_loopback():
            abort(404)
        return view(*args, **kwargs)

    return guarded


def _place() -> Path:
    return folder(current_app.config["CALLOUT"].data_dir)


def _kept(name: str) -> Kept:
    path = _place() / f"{name}.eml"
    if not _NAME.match(name) or not path.is_file():
        abort(404)
    return Kept(name, parse(path.read_bytes()))


@blueprint.get("/outbox")
@public
@demo_only
def mails() -> str:
    """The newest mails, and a form to write as a customer."""
    names = sorted((path.stem for path in _place().glob("*.eml")), reverse=True)[:SHOWN]
    found = [Kept(name, parse((_place() / f"{name}.eml").read_bytes())) for name in names]
    return render_template("demo/outbox.html", mails=found, mailboxes=queries.mailboxes(only_active=True), sent="sent" in request.args)


@blueprint.get("/outbox/<name>")
@public
@demo_only
def mail(name: str) -> str:
    """One mail, and a box to answer it as its receiver."""
    return render_template("demo/outbox_mail.html", kept=_kept(name), problem=None)


@blueprint.get("/outbox/<name>/html")
@public
@demo_only
def mail_html(name: str) -> Response:
    """Its HTML, as the customer's mail program shows it."""
    found = _kept(name).mail
    pictures = {one.content_id: (one.content_type, one.content) for one in found.attachments if one.content_id}
    return frames.framed(found.html, pictures)


@blueprint.post("/outbox/<name>/reply")
@public
@demo_only
def reply(name: str) -> AnyResponse | tuple[str, int]:
    """Answer as the customer: a real mail with the headers that mail programs write, handed to our own door."""
    kept = _kept(name)
    text = request.form.get("text", "").strip()
    problem = _hand_in(answer_to(kept.mail, text, now=clock.now())) if text else _("Write something first.")
    if problem is not None:
        return render_template("demo/outbox_mail.html", kept=kept, problem=problem, text=text), 422
    return redirect("/outbox?sent=1", code=303)


@blueprint.post("/outbox/new")
@public
@demo_only
def write() -> AnyResponse | tuple[str, int]:
    """Write a new mail as somebody from outside."""
    given = {key: request.form.get(key, "").strip() for key in ("sender", "to", "subject", "text")}
    problem = _("Write an address like karin@example.com.") if not _PLAIN_ADDRESS.match(given["sender"]) else None
    if problem is None and (not given["text"] or not _PLAIN_ADDRESS.match(given["to"])):
        problem = _("Write something first.")
    problem = problem or _hand_in(new_mail(**given, now=clock.now()))
    if problem is not None:
        return render_template(
            "demo/outbox.html", mails=[], mailboxes=queries.mailboxes(only_active=True), problem=problem, given=given
        ), 422
    return redirect("/outbox?sent=1", code=303)


def new_mail(*, sender: str, to: str, subject: str, text: str, now: datetime) -> EmailMessage:
    """A mail as a mail program writes it."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, " ".join(subject.split())
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    made.set_content(text.replace("\0", ""))
    return made


def answer_to(sent: ParsedMail, text: str, *, now: datetime) -> EmailMessage:
    """What its receiver's mail program makes of "Reply": threaded, the old mail quoted below."""
    receiver = sent.to[0].email
    back = sent.reply_to[0].email if sent.reply_to else sent.from_email
    quoted = "\n".join(f"> {line}" for line in sent.text.splitlines())
    when = f"{now:%a, %d %b %Y at %H:%M}"
    subject = sent.subject if sent.subject.lower().startswith("re:") else f"Re: {sent.subject}"
    body = f"{text}\n\nOn {when}, {sent.from_name} <{sent.from_email}> wrote:\n\n{quoted}"
    made = new_mail(sender=receiver, to=back, subject=subject, text=body, now=now)
    made["In-Reply-To"] = sent.message_id
    made["References"] = " ".join([*sent.references, sent.message_id])
    return made


def _hand_in(message: EmailMessage) -> str | None:
    """By SMTP to our listener. What went wrong, None when it was taken."""
    config = current_app.config["CALLOUT"]
    host: str = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.smtp_host, config.smtp_host)  # noqa: S104  (compared with, not listened on)
    try:
        with smtplib.SMTP(host, config.smtp_port, timeout=SECONDS) as client:
            client.sendmail(message["From"], [message["To"]], message.as_bytes())
    except (OSError, smtplib.SMTPException) as error:
        return str(_("The mailroom did not take it: %(problem)s", problem=str(error)[:300]))
    return None
