"""One transaction as it is sent: limits, statements, record, COMMIT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.migrate import wire
from tools.migrate.migration import MigrationFile
from tools.migrate.statements import Statement


@dataclass(frozen=True)
class Message:
    """A transaction as it is sent.

    Args:
        file: that it is about.
        head: BEGIN and the limits.
        body: the text of *statements*, as it stands in the file.
        statements: of the file.
        tail: what is written down about them, COMMIT, and the session made clean.
        first_line: of *body* in its file.
    """

    file: MigrationFile
    head: Sequence[str]
    body: str
    statements: Sequence[Statement]
    tail: Sequence[str]
    first_line: int = 1

    @property
    def text(self) -> str:
        """The whole message."""
        return "".join((self._start, self.body, *(f"\n;{end}" for end in self.tail)))

    @property
    def _start(self) -> str:
        return "".join(f"{line};\n" for line in self.head)

    def failed(self, stopped: wire.Stopped) -> tuple[Statement, int] | None:
        """Return the statement that failed and the line, None if it was not one."""
        number = stopped.done - len(self.head)
        if not 0 <= number < len(self.statements):
            return None
        statement = self.statements[number]
        position = stopped.error.diag.statement_position
        if position is None:
            return statement, statement.line
        before = self.body[: int(position) - 1 - len(self._start)]
        return statement, self.first_line + before.count("\n")
