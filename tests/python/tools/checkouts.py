"""Copies of the tools in another directory, with a private server of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tools.postgres.binaries import find_bin
from tools.postgres.os_user import copy_tree, server_account
from tools.postgres.throwaway import template
from tools.project import ROOT


@dataclass(frozen=True)
class Checkout:
    """A checkout as far as the server's tools need one."""

    root: Path

    @property
    def home(self) -> Path:
        """Where its server's files are by default."""
        return self.root / ".postgres"

    def environment(self, **variables: str) -> dict[str, str]:
        """Give the environment of a command: this one's without anybody's database.

        PG_BIN and PG_MAJOR stay, so that the tests run on every version.
        """
        hidden = re.compile("DATABASE_URL|PG[A-Z]+")
        kept = {k: v for k, v in os.environ.items() if not hidden.fullmatch(k)}
        return {**kept, **variables}

    def server(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m tools.postgres` with *words* here."""
        return subprocess.run(
            [sys.executable, "-m", "tools.postgres", *words],
            cwd=self.root,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def begin_start(self) -> subprocess.Popen[bytes]:
        """Run `python -m tools.postgres start` here without waiting for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "tools.postgres", "start"],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
        )

    def start(self, **variables: str) -> str:
        """Start the server and give the address of its database."""
        done = self.server("start", **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().rpartition(" ")[2]

    def pid(self, data: Path | None = None) -> int:
        """Read the number of the server's process."""
        file = (data or self.home / "data") / "postmaster.pid"
        return int(file.read_text().splitlines()[0])


def make(place: Path) -> Checkout:
    """Copy the tools of the server to *place*, which is made."""
    (place / "tools").mkdir(parents=True)
    for file in (ROOT / "tools").glob("*.py"):
        shutil.copy(file, place / "tools")
    for package in ("console", "postgres"):
        shutil.copytree(
            ROOT / "tools" / package,
            place / "tools" / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return Checkout(place)


def seed(checkout: Checkout) -> None:
    """Give a checkout a data directory as `start` makes it, without a second's work."""
    account = server_account()
    checkout.home.mkdir(mode=0o755)
    copy_tree(template(find_bin(), account) / "data", checkout.home / "data")


def ask(url: str, query: str) -> object:
    """Run *query* on *url* and give its first value."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for *condition* to hold."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
