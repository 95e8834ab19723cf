"""The proofs of `tools.verify`: each gives the lines that refute it, or none.

Each way to the schema has a throw-away cluster of its own, because roles belong to a
whole cluster and not to a database.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

from rich.progress import track

from tools import catalog, migrate
from tools.catalog import State, unlike
from tools.console import Failure, err
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile, shown
from tools.postgres import databases
from tools.postgres.server import Cluster, throwaway
from tools.project import GENERATED, MIGRATIONS, SCHEMA
from tools.verify import provenance

DATABASE: Final = "verified"
DEPLOYER: Final = "deployer"
_PASSWORD: Final = "only-in-a-throw-away-cluster"  # noqa: S105 - gone with it
_DIFF: Final = 20  # lines shown of one file

_T = TypeVar("_T")


@dataclass
class Ways:
    """The clusters of one run, each started when it is first needed.

    Attributes:
        bin_dir: the servers' programs.
        stack: ends the clusters.
        schema: the file that loads `sql/`.
        migrations: the directory of the migrations.
        generated: the committed output of the generator.
        pgtap: the tests that mirror `sql/`.
    """

    bin_dir: Path
    stack: ExitStack
    schema: Path = SCHEMA
    migrations: Path = MIGRATIONS
    generated: Path = GENERATED
    pgtap: Path = provenance.PGTAP

    def cluster(self, owner: str = "postgres") -> Cluster:
        """Start another cluster with an empty database that belongs to *owner*."""
        cluster = self.stack.enter_context(throwaway(self.bin_dir))
        if owner != "postgres":
            # What most hosts give: no superuser, but the right to make roles.
            _sql(cluster, f"create role {owner} login createrole createdb")
            _sql(cluster, f"alter role {owner} password '{_PASSWORD}'")
        databases.create(cluster.url(), DATABASE, owner=owner)
        return cluster

    def state(self, name: str, cluster: Cluster) -> State:
        """Read the database of *cluster*."""
        return catalog.state(name, cluster.url(DATABASE), self.bin_dir)

    def apply(self, cluster: Cluster, until: MigrationFile | None = None) -> None:
        """Apply the migrations to the database of *cluster*, *until* one or all."""
        last = until.id if until else None
        migrate.apply(cluster.url(DATABASE), until=last, directory=self.migrations)

    @cached_property
    def files(self) -> list[MigrationFile]:
        """The migrations, in order."""
        return migration_files.read(self.migrations)

    @cached_property
    def from_sql(self) -> Cluster:
        """A cluster that `sql/` has filled."""
        cluster = self.cluster()
        done = cluster.psql("-q", "-f", str(self.schema), dbname=DATABASE)
        if done.returncode:
            raise _unloadable(done.stderr, self.schema)
        return cluster

    @cached_property
    def from_migrations(self) -> Cluster:
        """A cluster that all migrations have filled."""
        cluster = self.cluster()
        self.apply(cluster)
        return cluster

    @cached_property
    def sql_state(self) -> State:
        """What `sql/` gives."""
        return self.state("sql/", self.from_sql)

    @cached_property
    def migrated_state(self) -> State:
        """What the migrations give."""
        return self.state("migrations/", self.from_migrations)


def same_schema(ways: Ways) -> list[str]:
    """Compare what `sql/` gives with what all migrations give."""
    return unlike(ways.sql_state, ways.migrated_state)


def way_back(ways: Ways) -> list[str]:
    """Climb the migrations, compare on each step down, climb again, and compare.

    An irreversible migration ends a stretch: what is below it is taken back before it
    is applied.
    """
    cluster = ways.cluster()
    for stretch, last in _stretches(ways.files):
        states = [ways.state("before", cluster)]
        for file in _shown(stretch, "applying"):
            ways.apply(cluster, file)
            states.append(ways.state("applied once", cluster))
        for file, before in _shown(
            list(zip(stretch, states, strict=False))[::-1], "back"
        ):
            migrate.rollback(cluster.url(DATABASE), directory=ways.migrations)
            wanted = State(f"before {file.id}", before.facts, before.dump)
            found = unlike(wanted, ways.state("after its rollback", cluster))
            if found:  # the steps below would only repeat it
                return [f"{shown(file.rollback_path)}:", *_indented(found)]
        if stretch:
            ways.apply(cluster, stretch[-1])
            if found := unlike(states[-1], ways.state("applied again", cluster)):
                return [f"{shown(stretch[-1].path)}:", *_indented(found)]
        if last:
            ways.apply(cluster, last)
    return []


def least_privilege(ways: Ways) -> list[str]:
    """Migrate as a login that is no superuser, and compare."""
    cluster = ways.cluster(DEPLOYER)
    url = cluster.url(DATABASE, DEPLOYER)
    migrate.apply(
        url.replace(f"{DEPLOYER}@", f"{DEPLOYER}:{_PASSWORD}@", 1),
        directory=ways.migrations,
    )
    expected = ways.migrated_state
    return unlike(
        State("migrated by a superuser", expected.facts, expected.dump),
        ways.state(f"migrated by {DEPLOYER}", cluster),
    )


def generated_is_current(ways: Ways) -> list[str]:
    """Generate from both, and compare with what is committed, byte by byte."""
    from tools.codegen import generate  # slow to import

    with tempfile.TemporaryDirectory(prefix="todo-db-") as directory:
        sql, migrated = Path(directory, "from sql"), Path(directory, "from migrations")
        generate(ways.from_sql.url(DATABASE), sql)
        generate(ways.from_migrations.url(DATABASE), migrated)
        return [
            *unlike_trees(sql, migrated, "from migrations/"),
            *unlike_trees(ways.generated, migrated, "generated now"),
        ]


def everything_is_explained(ways: Ways) -> list[str]:
    """Look for each object's file in `sql/`, and for what each file is there for."""
    facts, directory = ways.migrated_state.facts, ways.schema.parent
    return [
        *provenance.unexplained(facts, directory),
        *provenance.idle_files(facts, ways.schema),
        *provenance.unmirrored(directory, ways.pgtap),
    ]


def unlike_trees(expected: Path, actual: Path, name: str) -> list[str]:
    """Compare two directories byte by byte; *name* is what messages call the second."""
    from tools.codegen.output import read, unlike

    first, second = read(expected), read(actual)
    problems = []
    for path in sorted(first.keys() | second.keys()):
        if path not in second:
            problems.append(f"{shown(expected / path)} is not generated any more")
        elif path not in first:
            problems.append(f"{shown(expected / path)} is missing")
        elif first[path] != second[path]:
            problems.append(f"{shown(expected / path)} differs from what is generated:")
            lines = unlike({path: first[path]}, {path: second[path]}, name, context=1)
            problems += _indented(lines[:_DIFF])
    return problems


def _stretches(
    files: Iterable[MigrationFile],
) -> Iterator[tuple[list[MigrationFile], MigrationFile | None]]:
    """Part the migrations at those that have no way back."""
    stretch: list[MigrationFile] = []
    for file in files:
        if file.irreversible:
            yield stretch, file
            stretch = []
        else:
            stretch.append(file)
    yield stretch, None


def _shown(steps: Sequence[_T], what: str) -> Iterable[_T]:
    """Draw a progress bar over *steps*, on a terminal."""
    return track(steps, what, console=err, transient=True, disable=not err.is_terminal)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _unloadable(said: str, schema: Path) -> Failure:
    found = re.search(r"psql:(?P<place>.+?:\d+): (?P<what>(?:ERROR|error).*)", said)
    return Failure(
        f"sql/ does not load: {found['what'] if found else said.strip()}",
        where=found["place"] if found else shown(schema),
        next="mend that file, then make verify",
    )


def _sql(cluster: Cluster, statement: str) -> None:
    done = cluster.psql("-qc", statement)
    if done.returncode:
        raise Failure(f"{statement}: {done.stderr.strip()}", where=str(cluster.log))
