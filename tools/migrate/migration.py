"""One migration file: its text, its rollback, and what its header says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.migrate.header import Header
from tools.project import ROOT

if TYPE_CHECKING:
    from tools.migrate.statements import Statement

ROLLBACK: Final = ".rollback.sql"


@dataclass(frozen=True)
class MigrationFile:
    """One migration: its SQL, the SQL that takes it back, and what its header says.

    Args:
        id: the file's name without `.sql`, as yoyo records it.
        path: of the file.
        sql: its text, line ends normalised.
        rollback_sql: the text of the `.rollback.sql`, or None where the header says
            `-- irreversible: why`.
    """

    id: str
    path: Path
    sql: str
    rollback_sql: str | None
    header: Header

    @property
    def number(self) -> str:
        """The four digits that give the order."""
        return self.id[:4]

    @property
    def rollback_path(self) -> Path:
        """Where the rollback stands, or would stand."""
        return self.path.with_name(self.id + ROLLBACK)

    @cached_property
    def checksum(self) -> str:
        """sha256 of the file, in hexadecimal."""
        return digest(self.sql)

    @cached_property
    def rollback_checksum(self) -> str | None:
        """sha256 of the rollback file, in hexadecimal; None where there is none."""
        return None if self.rollback_sql is None else digest(self.rollback_sql)

    @property
    def depends(self) -> tuple[str, ...]:
        """Ids that must be applied before this one."""
        return tuple((self.header.value("depends") or "").split())

    @property
    def replaces(self) -> dict[str, str]:
        """Checksums of the migrations that this one was squashed from, by id."""
        lines = (line.split() for line in self.header.values("replaces"))
        return {words[0]: words[-1] for words in lines}

    @property
    def transactional(self) -> bool:
        """Whether the file runs in one transaction (a backfill never does)."""
        return self.header.transactional and not self.is_backfill

    @property
    def is_backfill(self) -> bool:
        """Whether the file is run in batches."""
        return self.header.value("backfill") is not None

    @property
    def irreversible(self) -> str | None:
        """Why there is no way back, or None where there is one."""
        return self.header.value("irreversible")

    @property
    def lock_timeout(self) -> int | None:
        """The file's own limit of waiting for a lock, in milliseconds."""
        return self.header.milliseconds("lock_timeout")

    @property
    def statement_timeout(self) -> int | None:
        """The file's own limit of one statement's time, in milliseconds."""
        return self.header.milliseconds("statement_timeout")

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of the file, as PostgreSQL's own parser divides it."""
        from tools.migrate import statements

        return statements.split(self.sql, shown(self.path))

    @cached_property
    def rollback_statements(self) -> tuple[Statement, ...]:
        """The statements of the rollback file, in the order in which they run."""
        from tools.migrate import statements

        text = self.rollback_sql or ""
        return statements.split(text, shown(self.rollback_path))


def digest(text: str) -> str:
    """Return the sha256 of *text* in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def shown(path: Path) -> str:
    """Return *path* as messages show it: relative to the checkout where it can be."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
