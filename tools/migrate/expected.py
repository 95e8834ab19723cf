"""The facts that a database has to show: those of the migrations, and those of sql/.

Both are found out on a throw-away server of the same version, because other versions
print views differently. What sql/ gives is kept in build/ until a file of it changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tools import catalog, migrate
from tools.catalog import Facts
from tools.console import Failure, say
from tools.migrate.delta import Place
from tools.postgres import databases
from tools.postgres.server import find_bin, throwaway
from tools.project import BUILD, MIGRATIONS


def from_migrations(
    major: int,
    until: str | None,
    schemas: Sequence[str] | None = None,
    directory: Path = MIGRATIONS,
) -> Facts:
    """Give the facts of a new database with the migrations up to *until*.

    Args:
        major: the version of the server to try it on, where it is installed.
        until: the last migration; None for all.
        schemas: only these.
        directory: of the migrations.
    """
    with database(major, until, directory) as place:
        return catalog.facts(place.url, schemas=schemas)


@contextmanager
def database(
    major: int, until: str | None, directory: Path | None = None
) -> Iterator[Place]:
    """Make a new database with the migrations up to *until*, without their record.

    Args:
        major: the version of the server to make it on, where it is installed.
        until: the last migration; None for all.
        directory: of the migrations.
    """
    with throwaway(_programs(major)) as cluster:
        place = Place(cluster, "expected")
        databases.create(cluster.url(), place.database)  # `postgres` has a comment
        migrate.apply(place.url, until=until, directory=directory or MIGRATIONS)
        cluster.psql("-qc", "drop schema todo_migrations cascade", dbname="expected")
        yield place


def from_sql(major: int, schema: Path) -> Facts:
    """Return the facts of a database that *schema* has filled.

    Raises:
        Failure: no server of the version is installed, or `sql/` does not load.
    """
    kept = BUILD / f"schema-{major}-{_digest(schema.parent)}.json"
    if kept.is_file():
        facts: dict[str, str] = json.loads(kept.read_text())
        return facts
    with throwaway(find_bin(major)) as cluster:
        databases.create(cluster.url(), "expected")
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


def _programs(major: int) -> Path:
    """Find a server of the same version: other versions print views differently."""
    try:
        return find_bin(major)
    except Failure:
        other = find_bin()
        say(f"  PostgreSQL {major} is not installed; compared with {other}, which may "
            "print the text of a view differently")  # fmt: skip
        return other
