"""After a run: does the database say what `sql/` says?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg

from tools import catalog
from tools.catalog import host
from tools.console import Failure
from tools.migrate import expected
from tools.postgres.target import libpq_url
from tools.project import SCHEMA

_SHOWN: Final = 5  # differences told; the others are counted


def told(url: str, schema: Path = SCHEMA) -> list[str]:
    """Compare the database at *url* with what *schema* loads, and say it in lines."""
    with psycopg.connect(libpq_url(url)) as connection:
        major = connection.info.server_version // 10_000
        live = catalog.facts(connection)
    try:
        wanted = expected.from_sql(major, schema)
    except Failure as failure:
        return [f"schema: not compared with sql/: {failure.what}"]
    found, _ = host.sort_out(catalog.differences(wanted, live))
    if not found:
        return [f"schema: as sql/ says, {len(live)} facts agree"]
    lines = catalog.describe(found, "sql/", "the database")
    more = [f"  … and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
    return [
        f"schema: differs from sql/ in {len(found)} things (make verify, make drift):",
        *(f"  {line}" for line in lines[:_SHOWN]),
        *more,
    ]
