"""PostgreSQL servers of the project: the developer's private one, and throw-away ones.

    python -m tools.postgres start | stop | status | url | psql [ARG …] | dump | remove

Without DATABASE_URL every command works on a private server below `.postgres/`, which
is started on demand. It listens on a Unix socket only, so it collides with no other
server. Nothing is read from `.env` here: the environment of the process alone decides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Final

from tools.console import Failure, say
from tools.postgres.binaries import find_bin
from tools.postgres.cluster import Cluster
from tools.postgres.initdb import major_of
from tools.postgres.location import find_home, forget, make_home, socket_directory
from tools.postgres.os_user import environment
from tools.postgres.storage import exclusive
from tools.postgres.target import given_url
from tools.postgres.throwaway import throwaway

__all__ = ["DATABASE", "Cluster", "admin_url", "find_bin", "private", "throwaway"]

DATABASE: Final = "todo"


def admin_url() -> str:
    """Give the address that migrations work on, as the owner of the database.

    That is DATABASE_URL if it is set; else the private server's database `todo`, for
    which the server is started and the database made.

    Raises:
        Failure: the private server cannot be made or started.
    """
    if given := given_url():
        return given
    cluster = private()
    cluster.start()
    _ensure_database(cluster)
    return cluster.url(DATABASE)


def private() -> Cluster:
    """Give the checkout's own cluster: its data directory is made, it is not started.

    Raises:
        Failure: the data are another user's, the disk refuses, no programs are there.
    """
    home, account = make_home()
    made_by = None
    if not os.environ.get("PG_BIN") and not os.environ.get("PG_MAJOR"):
        made_by = major_of(
            home / "data"
        )  # data of 15 stay with 15 until told otherwise
    socket = socket_directory(home, account)
    cluster = Cluster(home, find_bin(made_by), account, socket)
    cluster.initialise()
    return cluster


def main(argv: Sequence[str]) -> int:
    """Run one command on the private server; without one, `status`."""
    commands: dict[str, Callable[[Sequence[str]], int]] = {
        "start": _start,
        "stop": _stop,
        "status": _status,
        "url": _url,
        "psql": _psql,
        "dump": _dump,
        "remove": _remove,
    }
    name = argv[0] if argv else "status"
    if name not in commands:
        raise Failure(
            f"there is no command {name!r}",
            next=f"python -m tools.postgres {' | '.join(commands)}",
            status=2,
        )
    return commands[name](argv[1:])


def _start(_: Sequence[str]) -> int:
    cluster = private()
    cluster.start()
    _ensure_database(cluster)
    say(f"PostgreSQL {cluster.version} runs: {cluster.url(DATABASE)}")
    return 0


def _stop(_: Sequence[str]) -> int:
    if find_home() is None or not (cluster := private()).running:
        say("no private server runs")
        return 0
    cluster.stop()
    say(f"PostgreSQL {cluster.version} is stopped")
    return 0


def _status(_: Sequence[str]) -> int:
    """Say what there is. Status 3 means that no server runs, as in pg_ctl."""
    if find_home() is None:
        say("there is no private server yet; make db-start makes one")
        return 3
    cluster = private()
    state = f"runs as {cluster.account.name}" if cluster.running else "does not run"
    say(f"PostgreSQL {cluster.version} {state}; its data: {cluster.data}")
    if not cluster.running:
        return 3
    say(cluster.url(DATABASE))
    return 0


def _url(_: Sequence[str]) -> int:
    sys.stdout.write(f"{admin_url()}\n")
    return 0


def _psql(rest: Sequence[str]) -> int:
    url, program = admin_url(), str(find_bin() / "psql")
    os.execv(program, [program, "-d", url, *rest])  # noqa: S606 - it takes the terminal


def _dump(rest: Sequence[str]) -> int:
    """Write the whole cluster as SQL, to carry it to another major version."""
    cluster = private()
    cluster.start()
    command = [str(cluster.bin / "pg_dumpall"), "-d", cluster.url(), *rest]
    return subprocess.run(command, check=False, env=environment()).returncode


def _remove(_: Sequence[str]) -> int:
    """Stop the server and delete its data."""
    home = find_home()
    if home is None:
        return 0
    cluster = private()
    cluster.stop()
    for path in (cluster.data, cluster.socket):
        shutil.rmtree(path)
    forget(home)
    say(f"{cluster.data} is removed")
    return 0


def _ensure_database(cluster: Cluster) -> None:
    """Make the database `todo` where it is missing, and check how it folds case."""
    exists = f"select 1 from pg_catalog.pg_database where datname = '{DATABASE}'"  # noqa: S608
    if _ask(cluster, exists) == "1":
        return
    with exclusive(cluster.home / "lock"):
        if _ask(cluster, exists) == "1":  # another process was faster
            return
        if _ask(cluster, "select lower('É') = 'é'") != "t":
            raise Failure(
                f"PostgreSQL {cluster.version} at {cluster.bin} does not fold the case "
                "of letters beyond ASCII, so e-mail addresses would not compare",
                next="unset PG_BIN and PG_MAJOR, then python -m tools.postgres remove",
            )
        _ask(cluster, f"create database {DATABASE}")


def _ask(cluster: Cluster, sql: str) -> str:
    done = cluster.psql("-Atqc", sql)
    if done.returncode:
        raise Failure(
            f"the private server refuses: {done.stderr.strip()}",
            where=str(cluster.log),
            next="python -m tools.postgres stop, and then start",
        )
    return done.stdout.strip()
