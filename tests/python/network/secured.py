"""A PostgreSQL 15 that is reached by TCP and TLS, on a loopback address of its own.

Debian's, whatever version the other tests run on: the embedded one has no OpenSSL.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tests.python.databases import PASSWORD
from tests.python.network.certificates import Certificate
from tools.postgres import debian
from tools.postgres.server import Cluster
from tools.postgres.throwaway import throwaway

_DOOR: Final = "{kind} all all 127.0.0.0/8 scram-sha-256\n"


@dataclass(frozen=True)
class Secured:
    """The server, and where it listens.

    Attributes:
        cluster: its directory and its superuser's socket.
        address: a number of the loopback network.
        twin: another one, for a pooler; the port is free there too.
    """

    cluster: Cluster
    address: str
    twin: str

    @property
    def port(self) -> int:
        """Where it listens, at its address and in its socket's name."""
        return self.cluster.port

    def url(self, host: str, **options: str) -> str:
        """Return the app's URL, which leads the name *host* here."""
        given = urlencode({"hostaddr": self.address, **options})
        return f"postgresql://todo_app:{PASSWORD}@{host}:{self.port}/filled?{given}"

    def show(self, certificate: Certificate) -> None:
        """Show *certificate* to whoever connects from now on."""
        self._set("ssl_cert_file", str(certificate.file))
        self._set("ssl_key_file", str(certificate.key))
        self._set("ssl", "on")
        self.reload()

    def show_none(self) -> None:
        """Offer no TLS from now on."""
        self._set("ssl", "off")
        self.reload()

    def admit(self, line: str = _DOOR.format(kind="host")) -> None:
        """Let in by TCP whom this *line* of pg_hba.conf names, and nobody else."""
        path = self.cluster.data / "pg_hba.conf"
        kept = [old for old in path.read_text().splitlines() if old[:4] != "host"]
        path.write_text("\n".join([*kept, line]))
        self.reload()

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Return what the superuser gets for *sql*."""
        done = self.cluster.psql("-Atqc", sql, dbname=database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def reload(self) -> None:
        """Read the settings again; new connections have them when this returns."""
        before = self.ask("select pg_conf_load_time(), pg_reload_conf()").split("|")[0]
        for _ in range(500):
            if self.ask("select pg_conf_load_time()") != before:
                return
            time.sleep(0.01)
        raise AssertionError(self.cluster.log.read_text())

    def _set(self, name: str, value: str) -> None:
        self.ask(f"alter system set {name} = '{value}'")


@contextmanager
def secured() -> Iterator[Secured]:
    """Run a server of one's own, without a certificate yet."""
    address, twin = _loopback()
    settings = {"listen_addresses": address, "port": str(_free_port(address, twin))}
    with throwaway(debian.ensure().bin, settings) as cluster:
        server = Secured(cluster, address, twin)
        server.admit()
        yield server


def _loopback() -> tuple[str, str]:
    """Return two of the sixteen million numbers of this machine itself."""
    one, two = random.randrange(1, 255), random.randrange(256)  # noqa: S311
    return f"127.{one}.{two}.2", f"127.{one}.{two}.3"


def _free_port(*addresses: str) -> int:
    """Return a port that is free at all *addresses*, of those that nobody is given."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        try:
            for address in addresses:
                with socket.socket() as probe:
                    probe.bind((address, port))
        except OSError:
            continue
        return port
