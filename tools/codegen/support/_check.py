"""Compares a database with the one that this package was generated from."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Names are printed with their schema only where the search path does not lead there,
# and constants as the session writes them.
SETTINGS = (
    "select set_config('search_path', 'pg_catalog', true),"
    " set_config('datestyle', 'ISO, YMD', true),"
    " set_config('intervalstyle', 'iso_8601', true),"
    " set_config('timezone', 'UTC', true),"
    " set_config('extra_float_digits', '1', true),"
    " set_config('bytea_output', 'hex', true),"
    " set_config('standard_conforming_strings', 'on', true),"
    " set_config('quote_all_identifiers', 'off', true),"
    # With costs that add up to infinity the planner fails: XX000, invalid attnum.
    " set_config('seq_page_cost', '1', true),"
    " set_config('random_page_cost', '4', true),"
    " set_config('cpu_tuple_cost', '0.01', true),"
    " set_config('cpu_index_tuple_cost', '0.005', true),"
    " set_config('cpu_operator_cost', '0.0025', true),"
    " set_config('parallel_setup_cost', '1000', true),"
    " set_config('parallel_tuple_cost', '0.1', true)"
)


def check(connection: Connection, query: str, expected: Mapping[str, str]) -> list[str]:
    """Give the differences in words, such as ``tasks.priority: CHECK differs``.

    Args:
        connection: any role's; it has to be in a transaction, whose settings of what
            is written how, of search_path and of costs are changed.
        query: gives a name and a digest for everything that the package relies on.
        expected: the digests by name.
    """
    connection.execute(text(SETTINGS))
    rows = connection.execute(text(query))
    return differences(expected, {str(row[0]): str(row[1]) for row in rows})


async def check_async(
    connection: AsyncConnection, query: str, expected: Mapping[str, str]
) -> list[str]:
    """Do what `check` does."""
    return await connection.run_sync(lambda inner: check(inner, query, expected))


def differences(expected: Mapping[str, str], actual: Mapping[str, str]) -> list[str]:
    """Name everything whose digest is not the expected one, in order."""
    return list(_differences(expected, actual))


def _differences(
    expected: Mapping[str, str], actual: Mapping[str, str]
) -> Iterable[str]:
    for name in sorted(expected.keys() | actual.keys()):
        if name not in actual:
            yield f"{name} is missing"
        elif name not in expected:
            yield f"{name} is not expected"
        elif expected[name] != actual[name]:
            yield f"{name} differs"
