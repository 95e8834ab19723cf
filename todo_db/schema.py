"""Compares the schema of the database with the one that the models were made from.

The generator writes the question and the digests of the right answers. The catalogue is
public, so the app's login may ask; it does so once, on the first connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .errors import StartupError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

# strict: nothing may differ. compatible: the database may have more, as while a
# migration is rolled out before the code that needs it. off: nobody asks.
SchemaCheck: TypeAlias = Literal["strict", "compatible", "off"]

_SHOWN: Final = 5  # differences in the message


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
        actual = {name: actual[name] for name in actual if name in expected}
    if found := _check.differences(expected, actual):
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise StartupError(
            "the schema of the database is not the one that the models were made from: "
            f"{'; '.join(found[:_SHOWN])}{more}; run the migrations, or install the "
            "models that fit"
        )


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
