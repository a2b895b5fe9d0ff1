"""Commands for accounts and tokens."""

from __future__ import annotations

import secrets

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from core import clock
from core.auth import services
from core.auth.models import Role, User
from core.auth.permissions import ROLES
from core.db import db, transaction

admin_cli = AppGroup("admin", help="First steps of an installation.")
tokens_cli = AppGroup("tokens", help="Tokens of the API.")


@admin_cli.command("invite")
def invite() -> None:
    """Print a one-time link that creates the administrator, unless there is one."""
    with transaction() as session:
        services.ensure_roles()
        if session.scalar(select(User.id).join(User.roles).where(Role.name == "admin", User.active)):
            click.echo("There is an administrator already; colleagues are invited under Settings, Users.")
            return
        secret = services.invite(roles=["admin"], now=clock.now())
    click.echo(f"{current_app.config['CALLOUT'].public_base_url}/welcome/{secret}")


@admin_cli.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Take a user's password away, sign them out everywhere and print a one-time link that sets a new one."""
    now = clock.now()
    with transaction() as session:
        user = session.scalar(select(User).where(User.email == email.strip().lower(), User.active).with_for_update())
        if user is None:
            raise click.ClickException(f"no active user with the address {email}")
        secret = services.reset(user=user, now=now)
    click.echo(f"{current_app.config['CALLOUT'].public_base_url}/welcome/{secret}")


@tokens_cli.command("create")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="command line", show_default=True)
@click.option("--email", help="The user it acts as; without one a machine user of that role is used.")
def create(role: str, name: str, email: str | None) -> None:
    """Print a new bearer token. It is shown once."""
    with transaction() as session:
        services.ensure_roles()
        address = (email or f"machine-{role}@{current_app.config['CALLOUT'].mail_domain}").lower()
        user = session.scalar(select(User).where(User.email == address))
        if user is None:
            if email is not None:
                raise click.ClickException(f"no user with the address {email}")
            user = services.create_user(
                email=address, name=f"Machine ({role})", password=secrets.token_urlsafe(32), roles=[role], now=clock.now()
            )
        if role not in user.role_names:
            raise click.ClickException(f"{address} does not have the role {role}")
        _token, secret = services.create_token(name=name, user=user, role=role, now=clock.now(), actor_id=None)
    click.echo(secret)


def setup() -> None:
    """Rows that every installation has."""
    services.ensure_roles()
    db.session.flush()
