"""`flask mail …`: commands that read a message. `parse` needs no database."""

from __future__ import annotations

import json
from typing import BinaryIO

import click
from flask.cli import AppGroup

from callcenter.mail.parsing import parse, to_json

mail_cli = AppGroup("mail", help="Read mail.")


@click.command("parse")
@click.argument("file", type=click.File("rb"))
def parse_command(file: BinaryIO) -> None:
    """Print what the message in FILE says, as JSON ("-" reads standard input)."""
    # Bytes, so that the terminal's own encoding cannot refuse a character.
    click.echo(json.dumps(to_json(parse(file.read())), ensure_ascii=False, indent=2).encode("utf-8"))


# Added as a plain command, for AppGroup's own would open an application context, and with it ask for a database.
mail_cli.add_command(parse_command)
