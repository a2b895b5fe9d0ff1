"""Commands of the tickets package: `flask sla compute`."""

import json
from typing import BinaryIO

import click
from flask.cli import AppGroup

from tickets.sla.compute import compute
from tickets.sla.errors import SlaInputError

sla_cli = AppGroup("sla", help="SLA clocks.")


@sla_cli.command("compute", with_appcontext=False)
@click.argument("file", type=click.File("rb"), default="-")
def compute_command(file: BinaryIO) -> None:
    """Compute due times and working seconds: JSON cases from FILE or standard input, answers to standard output.

    Needs no database. Ends with status 1 and one line on standard error when the input cannot be computed.
    """
    try:
        cases = json.load(file)
    except ValueError as error:  # not JSON, or not in UTF-8
        raise click.ClickException(f"The input is not JSON: {error}") from error
    try:
        answers = compute(cases)
    except SlaInputError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(answers, indent=1))
