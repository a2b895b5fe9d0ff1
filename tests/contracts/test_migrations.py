"""One migration head, and migrations make exactly what the models say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import config as settings
import wsgi
from core.db import Base, db
from tests import servers


@pytest.fixture
def migrated(config: settings.Config) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    found = servers.shared()
    maintenance = create_engine(found.database_url, isolation_level="AUTOCOMMIT")
    name = f"callout_migrations_{os.getpid()}"
    with maintenance.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(found.database_url).set(database=name).render_as_string(hide_password=False)
    with maintenance.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    maintenance.dispose()


def test_migrations_have_one_head_and_equal_the_models(migrated: str, config: settings.Config) -> None:
    app = wsgi.create_app("cli", replace(config, database_url=migrated))
    with app.app_context():
        heads = ScriptDirectory("migrations").get_heads()
        assert len(heads) == 1
        flask_migrate.upgrade(directory="migrations")
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            difference = [
                change
                for change in compare_metadata(context, Base.metadata)
                if not (change[0] == "remove_table" and change[1].name == "alembic_version")
            ]
            made = set(connection.execute(text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")).scalars())
        db.engine.dispose()
    assert difference == []
    # Alembic does not compare sequences.
    assert {sequence.name for sequence in Base.metadata._sequences.values()} <= made
