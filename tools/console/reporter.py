"""What a run says while it works: each file with its time, and whom it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape

from tools.console import out

if TYPE_CHECKING:
    from rich.status import Status


class Reporter:
    """Prints the course of a run; says nothing when *quiet*.

    Progress of long statements is drawn on a terminal only, so that logs stay readable.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.draws = not quiet and out.is_terminal
        self._status: Status | None = None

    def done(self, what: str, seconds: float) -> None:
        """Report a finished file with its time."""
        self._print(f"  {escape(what)}  [dim]{seconds:.2f} s[/dim]")

    def note(self, text: str) -> None:
        """Report something that the user should know, such as a wait."""
        self._print(f"  [yellow]{escape(text)}[/yellow]")

    def say(self, text: str) -> None:
        """Print one plain line."""
        self._print(escape(text))

    def progress(self, text: str) -> None:
        """Draw how far a long statement is."""
        if not self.draws:
            return
        if self._status is None:
            self._status = out.status(escape(text))
            self._status.start()
        else:
            self._status.update(escape(text))

    def clear(self) -> None:
        """Take the progress away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _print(self, markup: str) -> None:
        if not self.quiet:
            out.print(markup)


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return *rows* as lines with aligned columns."""
    cells = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        .rstrip()
        for row in cells
    ]  # fmt: skip
