"""`flask demo load`: fill an empty installation with the demo's firm."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select

from callcenter.demo import assignment, knowledge, people, requests, rota, rules, saved_views, stock, visits, work
from callcenter.demo import firm as firms
from core import clock
from core.db import db, transaction
from staff.models import Branch

demo_cli = AppGroup("demo", help="The demonstration firm.")


@demo_cli.command("load")
def load() -> None:
    """Load the demo's firm, once: a database that has a branch is left as it is."""
    now = clock.now()
    with transaction():
        if db.session.scalar(select(Branch.id).limit(1)):
            click.echo("There is a firm already; nothing was loaded.")
            return
        firm = firms.build(now=now)
        customers = people.build(firm, now=now)
        stock.build(firm, now=now)
        made = requests.build(firm, customers, now=now)
        knowledge.build(firm, made, now=now)
        visits.build(firm, [ticket.id for ticket in made], now=now)
        assignment.build(firm, customers, now=now)
        saved_views.build(firm, now=now)
        work.build(firm, customers, made, now=now)
        rota.build(firm, now=now)
    with transaction():  # of its own: rules hear all that happens in the transaction in which they are kept
        rules.build(firm, customers, now=now)
    click.echo(f"Loaded {len(customers)} customers and {len(made)} tickets.")
