"""Databases of the benches' own: made empty beside the product's, dropped afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import config as settings


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """The address of an empty database, for as long as the block lasts; whoever is still connected then is thrown out."""
    base = settings.read()
    maintenance = create_engine(base.database_url, isolation_level="AUTOCOMMIT")
    full = f"callout_bench_{name}_{os.getpid()}"
    with maintenance.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{full}"'))
    try:
        yield make_url(base.database_url).set(database=full).render_as_string(hide_password=False)
    finally:
        with maintenance.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{full}" WITH (FORCE)'))
        maintenance.dispose()
