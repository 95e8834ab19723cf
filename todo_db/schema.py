"""Compares the schema of the database with the one that the models were made from.

`todo_models.catalogue`, which the generator writes, holds the question, whose rows are
facts about the catalogue, and the hash of the right answer. The catalogue is public, so
the app's login may ask.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from .errors import StartupError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection


def compare(connection: DBAPIConnection) -> None:
    """Compare the database of *connection* with the models.

    Raises:
        StartupError: it is another schema; the text says what to do.
    """
    expected = _expectation()
    if expected is None or _ask(connection, expected) == expected.FINGERPRINT:
        return
    raise StartupError(
        "the schema of the database is not the one that the models were made from, at "
        f"migration {expected.MIGRATION}; run the migrations, or install the models "
        "that fit; TODO_SCHEMA_CHECK=off lets older code start during a roll-out"
    )


def _expectation() -> ModuleType | None:
    try:
        return import_module("todo_models.catalogue")
    except ModuleNotFoundError:  # an app may bring models of its own
        return None


def _ask(connection: DBAPIConnection, expected: ModuleType) -> str:
    cursor = connection.cursor()
    try:
        cursor.execute("begin read only")
        cursor.execute(expected.SETTINGS)
        cursor.execute(expected.QUERY)
        rows = sorted(cursor.fetchall())
    finally:
        cursor.execute("rollback")
        cursor.close()
    lines = "".join(f"{key}\0{value}\0" for key, value in rows)
    return hashlib.sha256(lines.encode()).hexdigest()
