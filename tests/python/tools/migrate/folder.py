"""Small migration directories and databases for the tests beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tools import migrate
from tools.migrate.files import MigrationFile, read
from tools.migrate.options import Options


class Folder:
    """A directory of migrations, written file by file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(exist_ok=True)

    def add(
        self, id: str, sql: str, back: str | None = "select 1;", *, header: str = ""
    ) -> str:
        """Write migration *id* after the last one; *back* None leaves the rollback out.

        Returns the id.
        """
        last = max((file.name for file in self.path.glob("[0-9]*.sql")), default="")
        last = last.removesuffix(".sql").removesuffix(".rollback")
        depends = f"-- depends: {last}\n" if last else ""
        self.write(f"{id}.sql", f"{depends}{header}\n{sql}\n")
        if back is not None:
            self.write(f"{id}.rollback.sql", f"{back}\n")
        return id

    def write(self, name: str, text: str) -> Path:
        """Write a file as it stands."""
        path = self.path / name
        path.write_text(text)
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace *old*, which is there once, by *new*."""
        path = self.path / name
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def files(self) -> list[MigrationFile]:
        """Return the migrations as the tool reads them."""
        return read(self.path)


class Base:
    """An empty database of its own, and a superuser's session in it."""

    def __init__(self, url: str, session: psycopg.Connection[Any]) -> None:
        self.url, self.session = url, session

    def apply(self, folder: Folder, **options: Any) -> list[str]:
        """Apply *folder*, with *options* of `Options`."""
        return migrate.apply(
            self.url, directory=folder.path, options=Options(**options)
        )

    def rollback(self, folder: Folder, to: str | None = None) -> list[str]:
        """Take back from *folder*."""
        return migrate.rollback(self.url, to=to, directory=folder.path)

    def value(self, query: str) -> Any:
        """Return the first column of the only row of *query*."""
        row = self.session.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def column(self, query: str) -> list[Any]:
        """Return the first column of *query*."""
        return [row[0] for row in self.session.execute(query.encode())]

    def run(self, statements: str) -> None:
        """Execute *statements*."""
        self.session.execute(statements.encode())

    def tables(self) -> list[str]:
        """Return the tables outside of the bookkeeping, qualified."""
        return self.column(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname !~ '^(pg_|information_schema|todo_migrations)'"
            " order by 1"
        )

    def marks(self) -> list[str]:
        """Return the ids that yoyo's own table calls applied."""
        return self.column(
            "select migration_id from todo_migrations._yoyo_migration order by 1"
        )

    def states(self) -> dict[str, str]:
        """Return the state of each recorded file."""
        return dict(
            self.session.execute(
                "select migration_id, state from todo_migrations.files"
            ).fetchall()
        )

    @contextmanager
    def other(self, **settings: Any) -> Iterator[psycopg.Connection[Any]]:
        """Open a further session."""
        with psycopg.connect(self.url, autocommit=True, **settings) as connection:
            yield connection
