"""The exact SQL of a run, collected instead of sent.

The same code runs as in `make migrate`, on a session that keeps what it is told to
send. The database is read, and cannot be changed: the session is read-only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tools.console.reporter import Reporter
from tools.migrate import choose, compare, execute, ledger
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile, shown
from tools.migrate.options import Options
from tools.migrate.session import CLEAN, SETTINGS, Session
from tools.postgres.target import check_target


class Script(Session):
    """A session that sends nothing.

    Attributes:
        messages: what a run would have sent, one text for each message.
    """

    dry = True

    def __init__(self, url: str, options: Options) -> None:
        super().__init__(url, options, Reporter(quiet=True))
        self.connection.read_only = True
        self.connection.execute("set default_transaction_read_only = on")
        self.messages = ["; ".join(SETTINGS)]

    def send(self, text: str) -> None:
        """Keep *text*."""
        self.messages.append(text)

    def clean(self) -> None:
        """Keep what sets the session back."""
        self.send("; ".join(CLEAN))


def apply(
    url: str, until: str | None, directory: Path, options: Options
) -> Iterator[str]:
    """Yield the SQL that `engine.apply` would send.

    Raises:
        Failure: whatever it would refuse.
    """
    files = migration_files.read(directory)
    last = migration_files.find(files, until).number if until else "9999"
    check_target(url)
    with Script(url, options) as session:
        records = ledger.read(session.connection)
        chosen = [f for f in compare.pending(files, records) if f.number <= last]
        choose.check(chosen)
        if chosen:
            session.prepare()

        def run(file: MigrationFile) -> None:
            if compare.folds(file, records):
                execute.fold(session, file)
            else:
                execute.run(session, file, forward=True)

        yield from _script(session, chosen, run, forward=True)


def rollback(
    url: str, to: str | None, directory: Path, options: Options
) -> Iterator[str]:
    """Yield the SQL that `engine.rollback` would send.

    Raises:
        Failure: whatever it would refuse.
    """
    files = migration_files.read(directory)
    check_target(url)
    with Script(url, options) as session:
        records = ledger.read(session.connection)
        chosen = choose.to_take_back(files, records, to)
        choose.check(chosen)

        def run(file: MigrationFile) -> None:
            execute.run(session, file, forward=False)

        yield from _script(session, chosen, run, forward=False)


def _script(
    session: Script,
    files: Sequence[MigrationFile],
    run: Callable[[MigrationFile], None],
    *,
    forward: bool,
) -> Iterator[str]:
    """Yield the messages of each file under its name, each with a semicolon."""
    yield from _taken(session)
    for file in files:
        run(file)
        yield f"-- {shown(file.path if forward else file.rollback_path)}\n"
        yield from _taken(session)


def _taken(session: Script) -> Iterator[str]:
    yield from (f"{message};\n" for message in session.messages)
    session.messages.clear()
