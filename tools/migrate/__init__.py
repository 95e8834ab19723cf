"""Applies and takes back the files of migrations/: `python -m tools.migrate`.

yoyo applies them: it reads the directory, orders the files and goes through them, on
`backend`, which is our plug-in of it. The plain program `yoyo` runs on the same one.
Everything that can be refused is refused before anything runs.
"""

from __future__ import annotations

from pathlib import Path

from tools.migrate.options import Options
from tools.project import MIGRATIONS


def apply(
    url: str,
    *,
    until: str | None = None,
    directory: Path = MIGRATIONS,
    quiet: bool = True,
    options: Options | None = None,
) -> list[str]:
    """Apply the pending migrations of *directory* and return their ids, in order.

    Args:
        url: of the database, direct and not pooled.
        until: the id or number of the last one to apply; None for all.
        directory: with the files.
        quiet: print nothing.
        options: limits and permissions of the run.

    Raises:
        Failure: refused, or a file failed; then earlier files stay applied.
    """
    from tools.console.reporter import Reporter
    from tools.migrate import engine

    return engine.apply(
        url,
        until=until,
        directory=directory,
        report=Reporter(quiet=quiet),
        options=options or Options(),
    )


def rollback(
    url: str,
    *,
    to: str | None = None,
    directory: Path = MIGRATIONS,
    quiet: bool = True,
    options: Options | None = None,
) -> list[str]:
    """Take migrations back, the last one first, and return their ids in that order.

    Args:
        url: of the database, direct and not pooled.
        to: the id or number that stays the last applied one, `0000` to take back all;
            None takes back one.
        directory: with the files.
        quiet: print nothing.
        options: limits and permissions of the run.

    Raises:
        Failure: refused (one of them is irreversible), or a rollback failed.
    """
    from tools.console.reporter import Reporter
    from tools.migrate import engine

    return engine.rollback(
        url,
        to=to,
        directory=directory,
        report=Reporter(quiet=quiet),
        options=options or Options(),
    )
