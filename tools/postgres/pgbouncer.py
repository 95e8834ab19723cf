"""PgBouncer in transaction mode in front of a cluster, unpacked by `debian`."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tools.console import Failure
from tools.postgres import debian
from tools.postgres.server import Cluster

_CONFIG = """
[databases]
* = host={server} port={port}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {home}
auth_type = plain
auth_file = {home}/users
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 2000
server_login_retry = 1
pidfile = {home}/pid
logfile = {home}/log
"""


class Pooler:
    """A PgBouncer in *home*, in front of *cluster*.

    Args:
        home: an empty directory.
        cluster: the server, whose account it has.
        passwords: of the logins that may come.
        servers: how many connections it may have to the server.
        settings: outrank the usual ones.
        way: host and port that lead to the server, if not by its socket.
    """

    def __init__(
        self,
        home: Path,
        cluster: Cluster,
        passwords: Mapping[str, str],
        servers: int,
        settings: Mapping[str, str],
        way: tuple[str, int] | None = None,
    ) -> None:
        self._home, self._cluster = home, cluster
        self.socket = home / f".s.PGSQL.{settings.get('listen_port', '6432')}"
        self._program: subprocess.Popen[bytes] | None = None
        server, port = way or (cluster.socket, cluster.port)
        text = _CONFIG.format(server=server, port=port, home=home, servers=servers)
        text += "".join(f"{name} = {value}\n" for name, value in settings.items())
        (home / "config").write_text(text)
        users = (f'"{name}" "{word}"\n' for name, word in passwords.items())
        (home / "users").write_text("".join(users))
        for path in (home, *home.iterdir()):
            cluster.account.own(path)

    def url(self, direct: str) -> str:
        """Return the address *direct* as it is through the pooler."""
        old, new = quote(str(self._cluster.socket)), quote(str(self._home))
        return direct.replace(old, new).replace("5432", "6432")

    def start(self) -> None:
        """Start it, and return when it listens."""
        self._program = subprocess.Popen(
            [debian.ensure().bin / "pgbouncer", self._home / "config"],
            user=self._cluster.account.name if os.getuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(500):
            if self.socket.exists():
                return
            time.sleep(0.01)
        raise Failure(
            "PgBouncer does not start", where=(self._home / "log").read_text()
        )

    def stop(self) -> None:
        """End it at once; its clients are cut off."""
        if self._program is not None:
            self._program.terminate()
            self._program.wait()
            self._program = None


@contextmanager
def pooling(
    cluster: Cluster,
    passwords: Mapping[str, str],
    servers: int = 4,
    settings: Mapping[str, str] | None = None,
    way: tuple[str, int] | None = None,
) -> Iterator[Pooler]:
    """Run a PgBouncer with so many server connections; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        pooler = Pooler(Path(name), cluster, passwords, servers, settings or {}, way)
        pooler.start()
        try:
            yield pooler
        finally:
            pooler.stop()
