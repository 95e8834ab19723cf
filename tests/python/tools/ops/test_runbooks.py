"""Each command on a runbook is executed as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.ops.served import filled, need
from tools.ops.backup import marks, take
from tools.ops.backup.place import Place
from tools.postgres.throwaway import throwaway
from tools.project import ROOT

PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "wal_level": "replica",
    "max_wal_senders": "2",
    "archive_mode": "on",
    "full_page_writes": "on",
}
# They start, stop or replace the private server, or need a checkout's own `.env`.
ELSEWHERE = re.compile(
    r"make (db-start|rotate|restore .*replace=1|posture|drift|status)"
)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    text = page.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A server that archives."""
    with throwaway(settings=SETTINGS) as cluster:
        yield filled(cluster)


def test_every_statement_runs(place: Place) -> None:
    """As a superuser, on a database with people in it."""
    number = 0
    with place.connect() as connection:
        for page in PAGES:
            for block in blocks(page, "sql"):
                for statement in filter(str.strip, re.split(r";\s*(?:\n|$)", block)):
                    try:
                        connection.execute(statement.encode())
                    except psycopg.Error as error:
                        raise AssertionError(f"{page.name}: {statement}") from error
                    number += 1
    assert number > 40


def test_every_command_is_a_target() -> None:
    """`make` knows each target that a page names, in a block or in a line."""
    known = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    for page in PAGES:
        used = re.findall(r"(?:^|`)make ([a-z][a-z-]+)", page.read_text("utf-8"), re.M)
        assert set(used) <= known, (page.name, set(used) - known)


@pytest.mark.drill
def test_every_command_runs(place: Place) -> None:
    """Against a server on this machine, as its operator."""
    need("pgbackrest")
    lines = {
        line
        for page in PAGES
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if not ELSEWHERE.match(line)
    }
    assert len(lines) > 15 and all(line.startswith("make ") for line in lines)
    take.take(place)
    marks.mark(place, "before_the_repair")
    hidden = re.compile("PG[A-Z]+|TODO_.*|MAKE.*")
    kept = {k: v for k, v in os.environ.items() if not hidden.fullmatch(k)}
    kept |= {"DATABASE_URL": place.url, "TODO_BACKUP_HOME": str(place.home)}
    # Their verdict is of a throw-away server: 1 is an answer, too.
    verdicts = ("make inspect", "make backup-check")
    for line in sorted(lines - {"make restore-point name=before_the_repair"}):
        done = subprocess.run(
            ["sh", "-c", line], cwd=ROOT, env=kept, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        told = done.returncode == 0 or line.startswith(verdicts)
        assert told and "Traceback" not in done.stdout, f"{line}: {done.stdout}"
        for pid_file in place.home.glob("restored-*/data/postmaster.pid"):
            subprocess.run(
                ["kill", "-QUIT", pid_file.read_text().split()[0]], check=True
            )
