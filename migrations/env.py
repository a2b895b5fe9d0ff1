"""Alembic's environment: the application's engine, one transaction per migration, several starting processes take turns."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

from core.db import Base, db

# Any fixed number: held while migrating, so that two processes that start together do not both migrate.
TURN = 4_817_002


def include(obj: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Compare our own tables only."""
    return not (kind == "table" and name == "alembic_version")


with current_app.app_context(), db.engine.connect() as connection:
    connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": TURN})
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=False,
        include_object=include,
        transaction_per_migration=True,
        process_revision_directives=current_app.extensions["migrate"].configure_args.get("process_revision_directives"),
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:turn)"), {"turn": TURN})
    connection.commit()
