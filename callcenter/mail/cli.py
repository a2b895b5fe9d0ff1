"""`flask mail …`: commands that read a message. `parse` needs no database; `receive` is for a mail server's pipe."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO, NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from callcenter.mail import queries, services
from callcenter.mail.listener import TAKEN_TIMES
from callcenter.mail.models import Mailbox
from callcenter.mail.parsing import parse, to_json
from callcenter.mail.services import header_facts
from core import clock
from core.db import db

# sysexits.h: what mail servers understand.
NO_INPUT, NO_USER, TEMPORARY = 66, 67, 75
mail_cli = AppGroup("mail", help="Read mail.")


@click.command("parse")
@click.argument("file", type=click.File("rb"))
def parse_command(file: BinaryIO) -> None:
    """Print what the message in FILE says, as JSON ("-" reads standard input)."""
    # Bytes, so that the terminal's own encoding cannot refuse a character.
    click.echo(json.dumps(to_json(parse(file.read())), ensure_ascii=False, indent=2).encode("utf-8"))


# Added as a plain command, for AppGroup's own would open an application context, and with it ask for a database.
mail_cli.add_command(parse_command)


@mail_cli.command("receive")
@click.option("--mailbox", "name", help="Name or address of the mailbox; without it the message's recipients tell.")
def receive_command(name: str | None) -> None:
    """Take the message on standard input and print what became of it as JSON.

    Exit status: 0 it is kept (also when quarantined), 66 nothing came, 67 no such mailbox, 75 try again later.
    """
    most = current_app.config["CALLOUT"].mail_max_bytes * TAKEN_TIMES
    raw = sys.stdin.buffer.read(most)
    rest = _count_rest()
    if not raw.strip():
        _leave("no message came", NO_INPUT)
    try:
        mailbox = _mailbox(name, raw)
        if mailbox is None:
            _leave(f"no mailbox {name}" if name else "no mailbox for this message", NO_USER)
        mailbox_id = mailbox.id
        db.session.rollback()
        received = services.receive(mailbox_id=mailbox_id, raw=raw, now=clock.now(), size=len(raw) + rest)
    except Exception as error:
        # Whatever it is, the message must not go back to its writer.
        _leave(f"{type(error).__name__}: {error}", TEMPORARY)
    click.echo(json.dumps(received.as_json()))


def _count_rest() -> int:
    """Bytes beyond what is kept; read to the end, else the mail server takes it for a failure."""
    count = 0
    while chunk := sys.stdin.buffer.read(1 << 20):
        count += len(chunk)
    return count


def _mailbox(name: str | None, raw: bytes) -> Mailbox | None:
    """The one named; else the first among the recipients, else the first there is. Raises LookupError when none is set up yet."""
    if name is not None:
        return queries.mailbox_named(name)
    facts = header_facts(raw)
    for address in (*facts.to, *facts.cc):
        found = queries.mailbox_of_address(address.email)
        if found is not None:
            return found
    first = next(iter(queries.mailboxes(only_active=True)), None)
    if first is None:
        raise LookupError("no mailbox is set up")
    return first


def _leave(problem: str, status: int) -> NoReturn:
    click.echo(f"callout: {problem}", err=True)
    raise SystemExit(status)
