"""Compares the schema of the database with the one that the models were made from.

The generator writes the question and the digests of the right answers. The catalogue is
public, so the app's login may ask; it does so once, on the first connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine.interfaces import DBAPIConnection

# compatible: what the models need is there; the database may have more, and other rules
# for what is written, as while a migration is rolled out before the code that knows it.
# strict: nothing may differ. off: nobody asks.
SchemaCheck: TypeAlias = Literal["strict", "compatible", "off"]

_SHOWN: Final = 5  # differences in the message

# Of a column, a table, or the whole schema: what the models cannot do without, and what
# keeps people apart.
_NEEDED: Final = (
    "type",
    "privileges of ",
    "primary key ",
    "row-level security",
    "policy ",
)


def compare(connection: DBAPIConnection, how: SchemaCheck) -> None:
    """Compare the database of *connection* with the models.

    Raises:
        StartupError: it is another schema; the text names what differs.
    """
    if how == "off":
        return
    try:
        from todo_models import _check, fingerprint
    except ModuleNotFoundError:  # an app may bring models of its own
        return
    expected = fingerprint.EXPECTED
    actual = _ask(connection, _check.SETTINGS, fingerprint.QUERY)
    if how == "compatible":
        known = expected
        expected = {name: known[name] for name in known if _is_needed(name)}
        actual = {
            name: actual[name]
            for name in actual
            if name in expected or _opens_a_table_of(known, name)
        }
    if found := _check.differences(expected, actual):
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise StartupError(
            "the schema of the database is not the one that the models were made from: "
            f"{'; '.join(found[:_SHOWN])}{more}; run the migrations, or install the "
            "models that fit"
        )


def _is_needed(name: str) -> bool:
    return name.startswith("function ") or name.partition(": ")[2].startswith(_NEEDED)


def _opens_a_table_of(known: Mapping[str, str], name: str) -> bool:
    """Whether *name* is a policy of a table that the models know: it widens another."""
    table, _, fact = name.partition(": ")
    return fact.startswith("policy ") and f"{table}: row-level security" in known


def _ask(connection: DBAPIConnection, settings: str, query: str) -> dict[str, str]:
    cursor = connection.cursor()
    try:
        cursor.execute("begin read only")
        cursor.execute(settings)
        cursor.execute(query)
        return {str(row[0]): str(row[1]) for row in cursor.fetchall()}
    finally:
        cursor.execute("rollback")
        cursor.close()
