"""A standby of a throw-away cluster, as a copy that follows it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.postgres.cluster import PORT
from tools.postgres.server import Cluster

# What a cluster needs to be followed, and a standby to be one and to take over.
SETTINGS: Final = {"wal_level": "replica", "max_wal_senders": "4"}


@contextmanager
def standing_by(primary: Cluster, *, synchronous: bool = False) -> Iterator[Cluster]:
    """Run a standby of *primary*; it is gone afterwards.

    Args:
        primary: runs, with `SETTINGS`.
        synchronous: whether a COMMIT waits until the standby has it.
    """
    home = Path(tempfile.mkdtemp(prefix="todo-db-standby-"))
    standby = Cluster(
        home, primary.bin, primary.account, home / "socket", primary.settings
    )
    try:
        primary.account.own(home)
        standby.socket.mkdir()
        primary.account.own(standby.socket)
        _copy(primary, standby)
        standby.start()
        if synchronous:
            _ask(primary, "alter system set synchronous_standby_names = '*'")
            _ask(primary, "select pg_reload_conf()")
        yield standby
    finally:
        standby.stop()
        shutil.rmtree(home)


def _copy(primary: Cluster, standby: Cluster) -> None:
    done = primary.account.run(
        primary.bin / "pg_basebackup",
        *("-h", primary.socket, "-p", str(PORT), "-U", "postgres"),
        *("-D", standby.data, "-X", "stream", "-c", "fast", "-R", "--no-sync"),
    )
    assert done.returncode == 0, done.stderr


def _ask(cluster: Cluster, sql: str) -> None:
    done = cluster.psql("-Atqc", sql)
    assert done.returncode == 0, done.stderr


def promote(standby: Cluster) -> None:
    """Let *standby* take over, and wait until it has."""
    _ask(standby, "select pg_promote(wait => true)")
