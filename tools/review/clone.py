"""Databases as they were before the change: empty, or filled, one for each run.

Databases are copied from templates on one throw-away server. Roles belong to a whole
server: where a run has changed them, the next one gets a new server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg

from tools import migrate
from tools.postgres import databases
from tools.postgres.server import Cluster, throwaway
from tools.review.changes import Change

# Nothing but the migration and the load works while something is measured.
SETTINGS: Final = {"autovacuum": "off", "max_connections": "60", "jit": "off"}

_ROLES: Final = """
select md5(
    (select string_agg(r::text, ',' order by r.rolname) from pg_roles as r)
    || coalesce((
        select string_agg(concat_ws(' ', m.roleid, m.member, m.admin_option), ','
            order by m.roleid, m.member, m.grantor)
        from pg_auth_members as m
    ), '')
    || coalesce((
        select string_agg(s.setrole || ' ' || s.setconfig::text, ',' order by s.setrole)
        from pg_db_role_setting as s where s.setdatabase = 0
    ), '')
)
"""

Fill = Callable[[str, int], None]


class Bench:
    """Gives databases in the state before *change*.

    Args:
        change: what is under review.
        bin_dir: the server's programs.
        fill: fills the database of an address with a number of rows per table.
    """

    def __init__(self, change: Change, bin_dir: Path, fill: Fill) -> None:
        self.change, self.bin_dir, self.fill = change, bin_dir, fill
        self._stack = ExitStack()
        self._cluster: Cluster | None = None
        self._roles = ""
        self._templates: dict[int, str] = {}
        self._names = count(1)
        self._open = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def version(self) -> str:
        """Version of the server, such as `18.6`."""
        return self._server().version

    @contextmanager
    def copy(self, rows: int) -> Iterator[str]:
        """Give the address of a database of one's own, with *rows* in every table.

        Inside of another copy's block it has that one's roles.
        """
        template = self._template(rows)
        cluster, name = self._server(), f"copy_{next(self._names)}"
        _create(cluster, name, template)
        self._open += 1
        try:
            yield cluster.url(name)
        finally:
            self._open -= 1
            databases.drop(cluster.url(), name)
            if not self._open and self._fingerprint() != self._roles:
                self._renew()

    def _template(self, rows: int) -> str:
        self._server()
        if 0 not in self._templates:
            self._templates[0] = "before_0"
            cluster = self._server()
            _create(cluster, "before_0", "template1")
            if any(self.change.before.glob("*.sql")):
                migrate.apply(cluster.url("before_0"), directory=self.change.before)
            self._roles = self._fingerprint()
        if rows not in self._templates:
            name = f"before_{rows}"
            _create(self._server(), name, "before_0")
            self.fill(self._server().url(name), rows)
            self._templates[rows] = name
        return self._templates[rows]

    def _server(self) -> Cluster:
        if self._cluster is None:
            server = throwaway(self.bin_dir, SETTINGS)
            self._cluster = self._stack.enter_context(server)
        return self._cluster

    def _renew(self) -> None:
        self._stack.close()
        self._cluster = None
        self._templates.clear()

    def _fingerprint(self) -> str:
        with psycopg.connect(self._server().url(), autocommit=True) as connection:
            row = connection.execute(_ROLES).fetchone()
        return str(row and row[0])


def _create(cluster: Cluster, name: str, template: str) -> None:
    databases.create(cluster.url(), name, template=template, strategy="file_copy")
