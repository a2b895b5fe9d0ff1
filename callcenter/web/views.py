"""The help form and the customer's page. Public; every answer about a ticket is behind its secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from callcenter.web import booking, forms, help_centre, limits, links, live, presenters, services
from callcenter.web.forms import MOST_FILES, HelpForm, MessageForm, Stamped, new_stamp
from callcenter.web.limits import limiter
from callcenter.web.models import MagicLink
from core import clock, files
from core.auth.access import public
from core.db import db, transaction
from core.errors import DomainError
from core.forms import put_beside
from core.i18n import current_language, html_language
from tickets.models import Entry, EntryFile, Ticket

UNKNOWN_TYPE = "application/octet-stream"
blueprint = Blueprint("visitors", __name__)


@blueprint.after_request
def keep_the_secret(response: Response) -> Response:
    """The address is the key: it goes to no other site, into no cache and no search engine."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/help", methods=["GET", "POST"])
@public
@limiter.limit(limits.FORM, methods=["POST"], exempt_when=limits.off)
def help_form() -> str | AnyResponse | tuple[str, int]:
    """Ask for help. Afterwards the customer is on the page of their request."""
    queue = services.help_queue(request.values.get("queue"))
    if queue is None:
        return render_template("web/no_help.html"), 503
    form = forms.help_form()
    if request.method == "GET":
        form.stamp.data = new_stamp()
    elif form.validate():
        link = _sent(form, queue.id, queue.branch.country)
        if link is not None:
            return redirect(links.path_of(link) + "?new=1", code=303)
    articles = f"/help/articles/{html_language()}" if help_centre.any_there() else None
    page = render_template("web/help.html", form=form, queue=queue, most_files=MOST_FILES, articles=articles)
    return page, 422 if form.is_submitted() else 200


def _sent(form: HelpForm, queue_id: int, country: str) -> MagicLink | None:
    """Keep, then apply. None when an address or number cannot be used; the form says so."""
    now = clock.now()
    try:
        email, phone = services.checked_contact(email=form.email.data or "", phone=form.phone.data or "", country=country)
    except DomainError as error:
        put_beside(form, error)
        return None
    with transaction():
        asked = services.Request(
            queue_id=queue_id,
            kind=form.kind.data,
            subject=_clean(form.subject.data),
            text=_clean(form.description.data),
            name=_clean(form.name.data),
            email=email,
            phone=phone,
            serial=_clean(form.serial.data or "").strip(),
            language=current_language(),
            file_ids=_kept(form, now),
            fields=form.own_fields,
        )
        row_id = services.keep_request(request=asked, key=form.key, now=now)
    with transaction():
        return services.apply(row_id, now=now)


def _clean(text: str) -> str:
    """PostgreSQL keeps every character but NUL."""
    return text.replace("\0", "").replace("\r\n", "\n")


def _kept(form: Stamped, now: datetime) -> list[int]:
    return [_keep(one, now) for one in form.uploads]


def _keep(upload: FileStorage, now: datetime) -> int:
    content_type = (upload.mimetype or UNKNOWN_TYPE)[:200]
    return files.save(upload.stream.read(), name=upload.filename or "file", content_type=content_type, now=now).id


@blueprint.get("/t/<secret>")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
@limiter.limit(limits.WRONG_LINKS, exempt_when=limits.off, deduct_when=limits.is_wrong_link)
def page(secret: str) -> str | AnyResponse | tuple[str, int]:
    """One request, as its customer sees it."""
    link = opened(secret)
    if link is None:
        return wrong_link()
    return shown_page(link, secret, new_form())


@blueprint.get("/t/<secret>/view")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
@limiter.limit(limits.WRONG_LINKS, exempt_when=limits.off, deduct_when=limits.is_wrong_link)
def view(secret: str) -> str | tuple[str, int]:
    """The part of the page that changes, for its script."""
    link = opened(secret)
    if link is None:
        return wrong_link()
    return render_template("web/ticket_view.html", **_shown(link.ticket, secret))


@blueprint.post("/t/<secret>/messages")
@public
@limiter.limit(limits.MESSAGES, exempt_when=limits.off)
@limiter.limit(limits.WRONG_LINKS, exempt_when=limits.off, deduct_when=limits.is_wrong_link)
def send_message(secret: str) -> str | AnyResponse | tuple[str, int]:
    """The customer writes. An answer on something closed long ago leads to the page of its follow-up."""
    now = clock.now()
    link = opened(secret)
    if link is None:
        return wrong_link()
    form = MessageForm()
    if not form.validate():
        return shown_page(link, secret, form), 422
    with transaction():
        text = _clean(form.text.data or "")
        row_id = services.keep_message(link=link, text=text, file_ids=_kept(form, now), key=form.key, now=now)
    with transaction():
        led_to = services.apply(row_id, now=now)
    target = f"/t/{quote(secret)}" if led_to.ticket_id == link.ticket_id else links.path_of(led_to)
    return redirect(f"{target}#last", code=303)


@blueprint.get("/t/<secret>/files/<int:file_id>")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
@limiter.limit(limits.WRONG_LINKS, exempt_when=limits.off, deduct_when=limits.is_wrong_link)
def download(secret: str, file_id: int) -> AnyResponse | tuple[str, int]:
    """A file of one of the messages: pictures in place, everything else as a download."""
    link = opened(secret)
    if link is None:
        return wrong_link()
    query = db.select(EntryFile).join(Entry, Entry.id == EntryFile.entry_id).where(Entry.ticket_id == link.ticket_id, Entry.public)
    found = db.session.scalar(query.where(EntryFile.file_id == min(file_id, (1 << 63) - 1)).limit(1))
    if found is None:
        abort(404)
    try:
        content = files.read(found.file)
    except FileNotFoundError:
        abort(404)
    shown = files.is_picture(found.file, content)
    response = Response(content, content_type=found.file.content_type if shown else UNKNOWN_TYPE)
    response.headers["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(found.file.name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def opened(secret: str) -> MagicLink | None:
    with transaction():
        return links.opened(secret, now=clock.now())


def wrong_link() -> tuple[str, int]:
    return render_template("web/wrong_link.html"), 404


def new_form() -> MessageForm:
    """An empty one, as the page gives it out."""
    form = MessageForm(formdata=None)
    form.stamp.data = new_stamp()
    return form


def shown_page(link: MagicLink, secret: str, form: MessageForm, *, changing: bool = False, problem: str = "") -> str:
    """The whole page. `changing`: with the windows that a booked visit could have instead; `problem`: why what was asked for the visit
    was not done."""
    shown = _shown(link.ticket, secret)
    return render_template(
        "web/ticket.html",
        form=form,
        new="new" in request.args,
        page_data={"visitor": live.token_for(link)},
        booking=booking.section(
            link.ticket, now=clock.now(), changing=changing or "change" in request.args, problem=problem, job=chosen_job()
        ),
        **shown,
    )


def shown_booking(link: MagicLink, secret: str) -> str:
    """The part about the visit alone, for the page's script."""
    shown = _shown(link.ticket, secret)
    found = booking.section(link.ticket, now=clock.now(), changing="change" in request.args, job=chosen_job())
    return render_template("web/booking.html", booking=found, base=shown["base"])


def chosen_job() -> int | None:
    """The kind of job that the customer chose; None: none, or what cannot be one."""
    text = request.values.get("job", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _shown(ticket: Ticket, secret: str) -> dict[str, Any]:
    """What both the page and its changing part are made of. Times are those of the place where we come to."""
    g.time_zone = ticket.site.time_zone if ticket.site is not None else ticket.queue.branch.time_zone
    return {
        "ticket": ticket,
        "fields": presenters.field_rows(ticket),
        "state": presenters.state_words(ticket),
        "messages": [presenters.entry_row(entry) for entry in presenters.entries(ticket.id)],
        "panels": presenters.panels(ticket),
        "base": f"/t/{quote(secret)}",
    }
