"""How much of a table or an index holds no live row.

With pgstattuple the server tells. Without it some pages, drawn by chance, are read and
their live rows measured: the planner's statistics, which other tools take, know nothing
of columns whose statistics are turned off, as people's words are here. What a login may
not read is told by nobody, and has the verdict `look`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tools.project import ROOT

TABLES_PAGE: Final = (
    "Room in tables that holds no live row: dead rows, and holes that vacuum left."
)
INDEXES_PAGE: Final = "Room in B-trees beyond what their entries need."
_ASSETS: Final = ROOT / "tools/ops/assets/inspect/bloat"
_PAGE: Final = 8192
_USABLE: Final = 8168  # without the page's header
_SAMPLE: Final = 200  # pages of a table
_LINES: Final = 226  # rows of a page: as many as fit with 32 bytes each
_MEGABYTE: Final = 1 << 20
_EXTENSION: Final = """
select quote_ident(n.nspname)
from pg_extension as e
inner join pg_namespace as n on n.oid = e.extnamespace
where e.extname = 'pgstattuple' and has_schema_privilege(n.oid, 'usage')
and (
    select bool_and(has_function_privilege(p.oid, 'execute'))
    from pg_proc as p
    where p.pronamespace = n.oid and p.proname in ('pgstattuple_approx', 'pgstatindex')
)
"""


def measure(
    connection: psycopg.Connection[Any], *, extension: bool = True
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Measure the hundred largest tables and their B-trees.

    Args:
        connection: whatever it may read is measured.
        extension: False where pgstattuple is not to be asked, although it is there.

    Returns:
        Rows for tables and rows for indexes, as every check gives them.
    """
    found = connection.execute(_EXTENSION.encode()).fetchone()
    schema = str(found[0]) if found and extension else ""
    tables, indexes = [], []
    for table in _rows(connection, "tables.sql", {}):
        inside = _rows(connection, "indexes.sql", {"table": table["oid"]})
        try:
            with connection.transaction():
                connection.execute("set local row_security = off")
                if schema:
                    tables.append(_ask_table(connection, schema, table))
                    indexes += [
                        _ask_index(connection, schema, table, one) for one in inside
                    ]
                else:
                    told = _sample(connection, table, inside)
                    tables.append(told[0])
                    indexes += told[1]
        except psycopg.errors.InsufficientPrivilege:
            tables.append(_unknown(table))
    order = _wasted
    return sorted(tables, key=order, reverse=True), sorted(
        indexes, key=order, reverse=True
    )


def _ask_table(
    connection: psycopg.Connection[Any], schema: str, table: dict[str, Any]
) -> dict[str, Any]:
    told = _one(
        connection,
        f"select approx_free_space + dead_tuple_len as wasted from {schema}."  # noqa: S608
        "pgstattuple_approx(%s)",
        [table["oid"]],
    )
    wanted = table["bytes"] * (1 - table["fillfactor"] / 100)
    return _table(table, max(0, int(told["wasted"] - wanted)), "pgstattuple")


def _ask_index(
    connection: psycopg.Connection[Any],
    schema: str,
    table: dict[str, Any],
    index: dict[str, Any],
) -> dict[str, Any]:
    told = _one(
        connection,
        "select leaf_pages, empty_pages + deleted_pages as idle, avg_leaf_density from"  # noqa: S608
        f" {schema}.pgstatindex(%s::regclass)",
        [index["oid"]],
    )
    full = told["avg_leaf_density"] / index["fillfactor"]
    leaves = told["leaf_pages"] * max(0.0, 1 - full) if told["leaf_pages"] else 0
    return _index(table, index, int((leaves + told["idle"]) * _PAGE), "pgstattuple")


def _sample(
    connection: psycopg.Connection[Any],
    table: dict[str, Any],
    indexes: list[dict[str, Any]],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure the live rows of pages that are drawn by chance."""
    pages = table["bytes"] // _PAGE
    drawn = random.sample(range(pages), min(_SAMPLE, pages))
    widths = [f"sum((({table['width']}) + 7) / 8 * 8 + 4)"]
    widths += [f"avg(({index['width']}) + 8 + 4)" for index in indexes]
    names = [sql.SQL(text.replace("%", "%%")) for text in widths]
    query = sql.SQL(
        "select count(*) as rows, {} from only {} as t where t.ctid = any(%s::tid[])"
    ).format(
        sql.SQL(", ").join(
            sql.SQL("{} as {}").format(name, sql.Identifier(f"w{number}"))
            for number, name in enumerate(names)
        ),
        sql.SQL(table["name"]),
    )
    places = [f"({page},{line})" for page in drawn for line in range(1, _LINES + 1)]
    told = _one(connection, query, [places])
    live = float(told["w0"] or 0) * pages / len(drawn)
    needed = live * _PAGE / _USABLE / (table["fillfactor"] / 100)
    found = _table(table, max(0, int(table["bytes"] - needed)), "sample")
    rows = told["rows"] * pages / len(drawn)
    return found, [
        _estimate(table, index, float(told[f"w{number}"] or 0), rows)
        for number, index in enumerate(indexes, start=1)
    ]


def _estimate(
    table: dict[str, Any], index: dict[str, Any], width: float, rows: float
) -> dict[str, Any]:
    """Estimate from the entries' length; equal ones share, so it is the least."""
    entries = index["entries"] if index["entries"] >= 0 else rows
    length = (int(width) + 7) // 8 * 8
    needed = entries * length * _PAGE / (_USABLE - 16) / (index["fillfactor"] / 100)
    return _index(table, index, max(0, int(index["bytes"] - needed - _PAGE)), "sample")


def _table(table: dict[str, Any], wasted: int, method: str) -> dict[str, Any]:
    percent = round(100 * wasted / table["bytes"], 1)
    verdict = _verdict(wasted, percent)
    mend = ""
    if verdict != "ok":
        mend = f"vacuum (analyze) {table['name']};"
        if table["dead_rows"] * 200 < wasted:  # holes, not dead rows
            mend = f"vacuum full {table['name']}; -- it locks it, pg_repack does not"
    return {
        "object": table["name"],
        "bytes": table["bytes"],
        "wasted": wasted,
        "percent": percent,
        "method": method,
        "verdict": verdict,
        "says": "of it holds no live row",
        "mend": mend,
    }


def _index(
    table: dict[str, Any], index: dict[str, Any], wasted: int, method: str
) -> dict[str, Any]:
    percent = round(100 * wasted / index["bytes"], 1)
    verdict = _verdict(wasted, percent)
    mend = f"reindex index concurrently {index['name']};" if verdict != "ok" else ""
    return {
        "object": index["name"],
        "on_table": table["name"],
        "bytes": index["bytes"],
        "wasted": wasted,
        "percent": percent,
        "method": method,
        "verdict": verdict,
        "says": "of it is more than its entries need",
        "mend": mend,
    }


def _unknown(table: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": table["name"],
        "bytes": table["bytes"],
        "wasted": None,
        "percent": None,
        "method": "none",
        "verdict": "look",
        "says": "this login may not read it, and pgstattuple is not there for it",
        "mend": "create extension pgstattuple; grant pg_stat_scan_tables to …;",
    }


def _verdict(wasted: int, percent: float) -> str:
    if percent > 50 and wasted > 50 * _MEGABYTE:
        return "act"
    if percent > 30 and wasted > 4 * _MEGABYTE:
        return "look"
    return "ok"


def _wasted(row: dict[str, Any]) -> int:
    return row["wasted"] or 0


def _rows(
    connection: psycopg.Connection[Any], file: str, values: dict[str, Any]
) -> list[dict[str, Any]]:
    text = (Path(_ASSETS) / file).read_bytes()
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, values or None).fetchall()


def _one(
    connection: psycopg.Connection[Any], query: Any, values: list[Any]
) -> dict[str, Any]:
    if isinstance(query, str):
        query = query.encode()
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, values).fetchone()
    assert row is not None  # noqa: S101 - an aggregate, or a function of one row
    return row
