"""``fingerprint.py``: digests of all that the package relies on in the database.

Each has a name in words, so that the runtime can say what differs. Comments, owners and
statistics do not count: code that was generated before they changed still holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from tools.codegen.facts import Facts
from tools.codegen.source import literal, module

_SOURCE: Final = Path(__file__).with_name("fingerprint.sql")


def render(facts: Facts, connection: Connection) -> str:
    """Write the module, with the digests of the database behind *connection*."""
    query = _bound(facts)
    rows = connection.execute(text(query.replace(":", r"\:")))
    lines = [f"{literal(row.name)}: {literal(row.digest)}," for row in rows]
    return module(
        "What this package relies on in the database, as digests by name.",
        [
            "from typing import Final",
            "from ._check import check as _check",
            "from ._check import check_async as _check_async",
            "from sqlalchemy import Connection",
            "from sqlalchemy.ext.asyncio import AsyncConnection",
        ],
        [
            "EXPECTED: Final[dict[str, str]] = {\n" + "\n".join(lines) + "\n}",
            f'QUERY: Final = r"""{query}"""',
            _FUNCTIONS,
        ],
        ["EXPECTED", "QUERY", "differences", "differences_async"],
    )


def _bound(facts: Facts) -> str:
    """The query with the schemas and the role as literals, and without its comments."""
    lines = _SOURCE.read_text("utf-8").splitlines(keepends=True)
    query = "".join(line for line in lines if not line.startswith("--"))
    role = facts.role or "public"
    for name, values in (
        ("schemas", (*facts.schemas, *filter(None, [facts.behind]))),
        ("schema", [facts.schema]),
        ("behind", [facts.behind or ""]),
        ("role", [role]),
    ):
        quoted = ("'" + value.replace("'", "''") + "'" for value in values)
        query = query.replace(f":{name}", ", ".join(quoted))
    return query


_FUNCTIONS: Final = '''\
def differences(connection: Connection) -> list[str]:
    """Give what differs in the database, in words; an empty list if nothing does.

    The connection has to be in a transaction; its search_path, datestyle and
    intervalstyle are set to the end of that.
    """
    return _check(connection, QUERY, EXPECTED)


async def differences_async(connection: AsyncConnection) -> list[str]:
    """Do what `differences` does."""
    return await _check_async(connection, QUERY, EXPECTED)
'''
