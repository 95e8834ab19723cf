"""After a run: does the database say what `sql/` says?

What `sql/` gives is found out once on a throw-away server of the same version, and kept
in build/ until a file of `sql/` changes.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Final

import psycopg

from tools import catalog
from tools.catalog import Facts
from tools.console import Failure
from tools.postgres.server import find_bin, throwaway
from tools.postgres.target import libpq_url
from tools.project import BUILD, SCHEMA
from tools.verify import drift

_SHOWN: Final = 5  # differences told; the others are counted


def told(url: str, schema: Path = SCHEMA) -> list[str]:
    """Compare the database at *url* with what *schema* loads, and say it in lines."""
    with psycopg.connect(libpq_url(url)) as connection:
        major = connection.info.server_version // 10_000
        live = catalog.facts(connection)
    try:
        expected = _expected(major, schema)
    except Failure as failure:
        return [f"schema: not compared with sql/: {failure.what}"]
    found, _ = drift.sort_out(catalog.differences(expected, live))
    if not found:
        return [f"schema: as sql/ says, {len(live)} facts agree"]
    lines = catalog.describe(found, "sql/", "the database")
    more = [f"  … and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
    return [
        f"schema: differs from sql/ in {len(found)} things (make verify, make drift):",
        *(f"  {line}" for line in lines[:_SHOWN]),
        *more,
    ]


def _expected(major: int, schema: Path) -> Facts:
    """Return the facts of a database that *schema* has filled.

    Raises:
        Failure: no server of the version is installed, or `sql/` does not load.
    """
    kept = BUILD / f"schema-{major}-{_digest(schema.parent)}.json"
    if kept.is_file():
        facts: dict[str, str] = json.loads(kept.read_text())
        return facts
    with throwaway(find_bin(major)) as cluster:
        cluster.psql("-qc", "create database expected")
        done = cluster.psql("-q", "-f", str(schema), dbname="expected")
        if done.returncode:
            raise Failure(f"sql/ does not load: {done.stderr.strip()[:200]}")
        facts = catalog.facts(cluster.url("expected"))
    with suppress(OSError):  # a checkout that cannot be written: not kept
        _keep(kept, facts)
    return facts


def _keep(path: Path, facts: Facts) -> None:
    """Write *facts* in place of those that `sql/` gave before."""
    for old in BUILD.glob(f"{path.stem.rsplit('-', 1)[0]}-*.json"):
        old.unlink()
    BUILD.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(facts))
    partial.replace(path)


def _digest(directory: Path) -> str:
    """Return a digest of all files of *directory*, their paths included."""
    whole = hashlib.sha256()
    for path in sorted(directory.rglob("*.sql")):
        text = path.read_bytes()
        name = str(path.relative_to(directory)).encode()
        whole.update(b"%d %s %d " % (len(name), name, len(text)) + text)
    return whole.hexdigest()[:16]
