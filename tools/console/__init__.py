"""How every tool speaks: its time, and failures that name the way out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


class Failure(Exception):
    """A refusal or an error that the user can act on.

    Args:
        what: one sentence, what is wrong, with the offending value.
        where: file, line, object or host, if there is one.
        next: the command or edit that comes next.
        status: the exit status of the process, 1 to 125.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        next: str | None = None,
        status: int = 1,
    ) -> None:
        super().__init__(what)
        self.what, self.where, self.next, self.status = what, where, next, status
        # For a program that is not ours and prints tracebacks, such as plain yoyo.
        for label, text in (("where", where), ("next", next)):
            if text:
                self.add_note(f"  {label}: {text}")


def say(text: str) -> None:
    """Print one line to standard output; *text* is plain, never markup."""
    out.print(escape(text))


def note(text: str) -> None:
    """Print one line to standard error, where it is not taken for output."""
    sys.stderr.write(f"{text}\n")


@contextmanager
def timed(label: str) -> Iterator[None]:
    """Print *label* with the wall-clock time of the block, in seconds."""
    start = time.perf_counter()
    yield
    out.print(f"  {escape(label)}  [dim]{time.perf_counter() - start:.2f} s[/dim]")


def run(main: Callable[[Sequence[str]], int]) -> None:
    """Run *main* on the command line and exit with its status.

    A file that cannot be read or written is named without a traceback.
    A `Failure` becomes three lines on standard error (what, where, next) and its own
    exit status; an interrupt becomes 130, as shells expect.
    """
    try:
        status = main(sys.argv[1:])
    except Failure as failure:
        report(failure)
        status = failure.status
    except OSError as error:
        if not error.filename:  # no file's fault, such as a broken pipe
            raise
        where = str(error.filename)
        report(
            Failure(
                f"the file system refuses: {error.strerror}",
                where=where,
                next=f"look at `ls -ld {where}` and `df {Path(where).parent}`; what was"
                " made by root belongs to root",
            )
        )
        status = 1
    except KeyboardInterrupt:
        err.print("interrupted")
        status = 130
    sys.exit(status)


def report(failure: Failure) -> None:
    """Print *failure* to standard error."""
    err.print(f"[bold red]error:[/bold red] {escape(failure.what)}")
    if failure.where:
        err.print(f"  [dim]where:[/dim] {escape(failure.where)}")
    if failure.next:
        err.print(f"  [dim]next:[/dim]  {escape(failure.next)}")
