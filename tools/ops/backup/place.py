"""Which server is backed up, and where its backups are.

Without DATABASE_URL that is the checkout's private server, with its backups beside its
data. With DATABASE_URL it is a server on this machine, and TODO_BACKUP_HOME names the
directory of its backups, which should be another disk.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tools.console import Failure
from tools.postgres.binaries import find_bin
from tools.postgres.cluster import Cluster
from tools.postgres.os_user import Account, account_of, server_account
from tools.postgres.server import admin_url, private
from tools.postgres.target import CONNECT_SECONDS, describe, given_url, libpq_url

STANZA: Final = "todo"
_SERVER: Final = """
select
    current_setting('data_directory'),
    split_part(current_setting('unix_socket_directories'), ',', 1),
    current_setting('port')::integer,
    current_setting('server_version_num')::integer / 10000
"""


@dataclass(frozen=True)
class Place:
    """A server on this machine and the home of its backups.

    Attributes:
        home: directory of configuration, repository and state.
        url: address of the database, as a superuser.
        data: data directory of the server.
        socket: directory of the server's socket.
        port: which names the socket's file.
        account: owner of the data directory.
        bin: PostgreSQL's programs of the server's version.
        cluster: the private server; None for one that others start and stop.
    """

    home: Path
    url: str
    data: Path
    socket: Path
    port: int
    account: Account
    bin: Path
    cluster: Cluster | None = None

    @property
    def config(self) -> Path:
        """PgBackRest's configuration, which holds the passphrase."""
        return self.home / "pgbackrest.conf"

    @property
    def repository(self) -> Path:
        """Where the first repository's files are."""
        return self.home / "repository"

    @property
    def state(self) -> Path:
        """What monitoring reads; nothing secret is in it."""
        return self.home / "state"

    def connect(self) -> psycopg.Connection:
        """Connect to the database, in autocommit."""
        return psycopg.connect(
            libpq_url(self.url),
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="todo-backup",
        )


def find() -> Place:
    """Give the place that the environment names.

    Raises:
        Failure: the server is on another machine, its files are not to be read here,
            or the directory of the backups is not named.
    """
    if (url := given_url()) is None:
        return of_cluster(private(), admin_url())
    home = os.environ.get("TODO_BACKUP_HOME", "")
    if not home or not Path(home).is_absolute():
        raise Failure(
            "DATABASE_URL is set and TODO_BACKUP_HOME is not, which names the directory"
            " of the backups" + (f": {home!r} is no absolute path" if home else ""),
            next="TODO_BACKUP_HOME=/srv/backup/todo, on another disk than the data",
            status=2,
        )
    return of_server(url, Path(home))


def of_cluster(cluster: Cluster, url: str, home: Path | None = None) -> Place:
    """Give the place of a server of the project's own."""
    return Place(
        home=home or cluster.home / "backup",
        url=url,
        data=cluster.data,
        socket=cluster.socket,
        port=cluster.port,
        account=cluster.account,
        bin=cluster.bin,
        cluster=cluster,
    )


def of_server(url: str, home: Path) -> Place:
    """Give the place of a server on this machine that others start and stop.

    Raises:
        Failure: as of `find`.
    """
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=CONNECT_SECONDS) as asked:
            row = asked.execute(_SERVER).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise _elsewhere(url, "this login may not see where its data are") from error
    except psycopg.Error as error:
        raise _elsewhere(url, str(error).splitlines()[0]) from error
    assert row is not None  # noqa: S101 - a select without FROM
    data = Path(row[0])
    if not (data / "PG_VERSION").exists():
        raise _elsewhere(url, f"{data} is not on this machine, or closed to this user")
    account = account_of(data.stat().st_uid) or server_account()
    return Place(
        home, url, data, Path(row[1] or "/tmp"), row[2], account,  # noqa: S108
        find_bin(row[3]),
    )  # fmt: skip


def _elsewhere(url: str, reason: str) -> Failure:
    return Failure(
        f"pgBackRest reads the files of the server, and cannot here: {reason}",
        where=describe(url),
        next="run it on the server's machine as its account or as root; for a host"
        " that gives no files, such as Neon: make dump",
    )
