"""The server, the databases and the processes of the campaign."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tests.python.campaigns.kills import history
from tools import catalog, migrate
from tools.migrate.files import read
from tools.migrate.squash import folded
from tools.postgres import databases
from tools.postgres.cluster import Cluster
from tools.project import ROOT

PATIENCE: Final = 60.0  # seconds for a run to end, a server to come back
HUNG: Final = "it hung"
_MIGRATE: Final = (sys.executable, "-m", "tools.migrate")
_YOYO: Final = (str(Path(sys.executable).with_name("yoyo")),)
_SESSION: Final = """
select pid from pg_stat_activity
where datname = %s and application_name ~ '^todo-db migrate [(][0-9]'
"""


@dataclass(frozen=True)
class Task:
    """A command to be killed.

    Args:
        name: in the table.
        words: of the command line after the program's name.
        template: the database that it begins with.
        expected: the database that it ends with.
        files: what the directory holds: `history`, or `squashed`.
        weight: how often it is chosen.
    """

    name: str
    words: tuple[str, ...]
    template: str
    expected: str
    files: str = "history"
    weight: int = 3
    plain: bool = False  # the program yoyo, in place of `python -m tools.migrate`

    def command(self, directory: Path) -> list[str]:
        """Return the command line that works on *directory*."""
        if self.plain:
            return [*_YOYO, *self.words, "--batch", str(directory)]
        return [*_MIGRATE, *self.words, "--directory", str(directory)]


TASKS: Final = (
    Task("apply", ("apply",), "empty", "filled"),
    Task("backfill and on", ("apply",), "three", "filled"),
    Task("rollback", ("rollback", "--all", "--yes"), "filled", "empty"),
    Task("record a squash", ("apply",), "filled", "recorded", "squashed", weight=1),
    Task("yoyo apply", ("apply",), "empty", "filled", weight=2, plain=True),
    Task("yoyo apply, on", ("apply",), "three", "filled", weight=2, plain=True),
    Task("yoyo rollback", ("rollback", "--all"), "filled", "empty", plain=True),
)


class Ground:
    """A server of its own with the databases that trials begin with.

    Args:
        cluster: started; it has to restart after a crash.
        home: for directories of migrations.

    Attributes:
        facts: what the databases are after undisturbed runs.
        usual: how long each task's session lasts undisturbed, in seconds.
    """

    def __init__(self, cluster: Cluster, home: Path) -> None:
        self.cluster, self.home = cluster, home
        self.history, self.squashed = home / "history", home / "squashed"
        history.write(self.history)
        self._write_squash()
        self._make_templates()
        self.facts = {
            name: catalog.facts(self.cluster.url(name))
            for name in ("empty", "three", "filled", "recorded")
        }
        self.usual = {task.name: self._measured(task) for task in TASKS}

    def directory(self, task: Task) -> Path:
        """Return the migrations of *task*."""
        return self.squashed if task.files == "squashed" else self.history

    def sql(self, statement: str) -> None:
        """Execute one statement as the superuser."""
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(
        self, task: Task, database: str, directory: Path
    ) -> subprocess.Popen[str]:
        """Start the command of *task*."""
        url = self.cluster.url(database)
        return subprocess.Popen(
            task.command(directory),
            env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
            | {"PYTHONFAULTHANDLER": "1"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ended(self, process: subprocess.Popen[str]) -> str:
        """Wait for the end of *process*; return what it said, and where it hung."""
        try:
            return process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # faulthandler prints the stacks
            return f"{HUNG}: {process.communicate()[0]}"

    def session(self, database: str, process: subprocess.Popen[str]) -> int | None:
        """Wait for the session of *process*; return its pid, None if it ended."""
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            while process.poll() is None:
                row = connection.execute(_SESSION, [database]).fetchone()
                if row:
                    return int(row[0])
                time.sleep(0.002)
        return None

    def kill_session(self, database: str) -> bool:
        """Kill the server process of a run, and with it the server; False if none."""
        with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
            row = connection.execute(_SESSION, [database]).fetchone()
        if row is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(row[0], signal.SIGKILL)
            return True
        return False

    def wait(self) -> None:
        """Wait until the server takes connections again after a crash."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(psycopg.OperationalError):
                self.sql("select 1")
                return
            time.sleep(0.05)
        raise TimeoutError("the server does not come back")

    @contextmanager
    def database(self, name: str, template: str) -> Iterator[str]:
        """Make a copy of a database, and drop it in the end."""
        with databases.temporary(self.cluster, name, template):
            yield name

    @contextmanager
    def bystander(self, database: str, *, wanted: bool) -> Iterator[None]:
        """Hold a snapshot, which concurrent index builds have to wait for."""
        if not wanted:
            yield
            return
        connection = psycopg.connect(self.cluster.url(database), autocommit=True)
        connection.execute("begin isolation level repeatable read; select 1")
        try:
            yield
        finally:
            connection.close()

    def _write_squash(self) -> None:
        self.squashed.mkdir()
        files = read(self.history)
        forward, back = folded(files)
        id = history.SQUASH
        (self.squashed / f"{id}.sql").write_text(forward)
        (self.squashed / f"{id}.rollback.sql").write_text(back or "")

    def _make_templates(self) -> None:
        """Make the databases by undisturbed runs."""
        for name, until in (("three", "0003"), ("filled", None), ("recorded", None)):
            databases.create(self.cluster.url(), name)
            url = self.cluster.url(name)
            migrate.apply(url, until=until, directory=self.history)
        migrate.apply(self.cluster.url("recorded"), directory=self.squashed)
        databases.create(self.cluster.url(), "empty")

    def _measured(self, task: Task) -> float:
        with self.database("usual", task.template) as name:
            process = self.start(task, name, self.directory(task))
            self.session(name, process)
            started = time.monotonic()
            process.communicate(timeout=PATIENCE)
            return time.monotonic() - started
