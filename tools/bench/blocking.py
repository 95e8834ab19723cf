"""Measures how long requests wait while migrations take exclusive locks under load.

    python -m tools.bench.blocking [--rate 200] [--lock-timeout 2s] [--check]

pgbench sends short requests to three tables at a steady rate, while other sessions hold
transactions on them open for up to twice the limit, as reports do. Migrations that need
all three tables for themselves run in the middle of it. They have to give way, so that
no request waits longer than their limit and a tenth.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools import migrate
from tools.console import Failure, run, say
from tools.console.reporter import Reporter
from tools.migrate import engine
from tools.migrate.header import milliseconds
from tools.migrate.options import Options
from tools.postgres import databases
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway

DATABASE: Final = "blocking"
SLACK: Final = 1.1
_TABLES: Final = ("one", "two", "three")
_ROWS: Final = 20_000
_CLIENTS: Final = 24
_REPORTS: Final = 5
_SETTLE: Final = 2.0  # seconds of load before the migrations
_FOREVER: Final = 3600

_REQUEST: Final = """\
\\set id random(1, 20000)
\\set table random(1, 3)
\\if :table = 1
update load.one set n = n + 1 where id = :id;
\\elif :table = 2
select n from load.two where id = :id;
\\else
update load.three set n = n + 1 where id = :id;
\\endif
"""
_REPORT: Final = """\
\\set pause random(100, {longest})
begin;
select count(*) from load.one where id < 10;
select count(*) from load.two where id < 10;
select count(*) from load.three where id < 10;
\\sleep :pause ms
commit;
\\sleep :pause ms
"""
_MIGRATIONS: Final = (
    "alter table load.one add column a int; alter table load.two add column a int;"
    " alter table load.three add column a int",
    "create function load.touch() returns trigger language plpgsql as"
    " 'begin return new; end'; create trigger touch before update on load.one for each"
    " row execute function load.touch(); alter table load.three enable row level"
    " security; create policy all_rows on load.three using (true)",
    "alter table load.one drop column a; alter table load.two alter column n set not"
    " null; alter table load.three drop column a",
)


@dataclass(frozen=True)
class Result:
    """What pgbench saw.

    Args:
        times: of each request, in seconds, sorted.
        seconds: how long the load lasted.
        notes: how often a migration gave way.
    """

    times: Sequence[float]
    seconds: int
    gave_way: int

    def at(self, share: float) -> float:
        """Return the time that *share* of the requests did not exceed."""
        return self.times[min(int(len(self.times) * share), len(self.times) - 1)]


class _Counting(Reporter):
    """Counts how often a migration gave way."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.gave_way = 0

    def note(self, text: str) -> None:
        self.gave_way += "gave way" in text


def main(argv: Sequence[str]) -> int:
    """Print the times of requests."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.blocking",
        description="Measures how long requests wait for migrations under load.",
    )
    parser.add_argument("--rate", type=int, default=200, help="requests a second (200)")
    parser.add_argument("--lock-timeout", default="2s", help="of the migrations (2s)")
    parser.add_argument("--seconds", type=int, default=45, help="of load (45)")
    parser.add_argument("--check", action="store_true", help="exit 1 over the limit")
    arguments = parser.parse_args(argv)
    limit = milliseconds(arguments.lock_timeout, "--lock-timeout")
    with throwaway() as cluster, tempfile.TemporaryDirectory() as name:
        result = measure(
            cluster,
            Path(name),
            rate=arguments.rate,
            limit=limit,
            seconds=arguments.seconds,
        )
        version = cluster.version
    allowed = limit / 1000 * SLACK
    kept = result.times[-1] <= allowed
    say(
        f"PostgreSQL {version}: {len(result.times)} requests in {result.seconds} s,"
        f" {len(result.times) / result.seconds:.0f} a second, while"
        f" {len(_MIGRATIONS)} migrations gave way {result.gave_way} times"
    )
    say(
        f"request: half {result.at(0.5) * 1000:.1f} ms, 99 % {result.at(0.99):.3f} s,"
        f" longest {result.times[-1]:.3f} s, at most {allowed:.3f} s:"
        f" {'kept' if kept else 'MISSED'}"
    )
    return int(arguments.check and not kept)


def measure(
    cluster: Cluster,
    home: Path,
    *,
    rate: int,
    limit: int,
    seconds: int,
    reports: int = _REPORTS,
) -> Result:
    """Run the load and the migrations.

    Args:
        cluster: empty.
        home: for scripts and logs; the server's account need not read it.
        rate: of requests, per second.
        limit: lock_timeout of the migrations, in milliseconds.
        seconds: that the load lasts.
        reports: sessions that hold transactions open.
    """
    databases.create(cluster.url(), DATABASE)
    url = cluster.url(DATABASE)
    directory = _write(home, limit)
    migrate.apply(url, until="0001", directory=directory)
    report = _Counting()
    log = ["--log", f"--log-prefix={home / 'request'}", f"--rate={rate}"]
    with _pgbench(cluster, home / "report.sql", reports, _FOREVER):
        with _pgbench(cluster, home / "request.sql", _CLIENTS, seconds, *log) as load:
            time.sleep(_SETTLE)
            engine.apply(
                url,
                until=None,
                directory=directory,
                report=report,
                options=Options(lock_timeout=limit, retry_for=600_000),
            )
            if load.poll() is not None:
                raise Failure(
                    "the migrations took longer than the load", next="--seconds 120"
                )
            load.wait()  # what it has measured is written at its end
    return Result(_times(home), seconds, report.gave_way)


def _write(home: Path, limit: int) -> Path:
    (home / "request.sql").write_text(_REQUEST)
    (home / "report.sql").write_text(_REPORT.format(longest=2 * limit))
    directory = home / "migrations"
    directory.mkdir()
    fill = f"select id, 0 as n from generate_series(1, {_ROWS}) as id"
    tables = "".join(
        f"create table load.{name} as {fill};"
        f" alter table load.{name} add primary key (id);"
        for name in _TABLES
    )
    texts = (f"create schema load; {tables}", *_MIGRATIONS)
    last = ""
    for number, text in enumerate(texts, 1):
        id = f"{number:04}_change_tables"
        depends = f"-- depends: {last}\n" if last else ""
        (directory / f"{id}.sql").write_text(
            f"{depends}-- irreversible: the database is thrown away\n\n{text};\n"
        )
        last = id
    return directory


@contextmanager
def _pgbench(
    cluster: Cluster, script: Path, clients: int, seconds: int, *options: str
) -> Iterator[subprocess.Popen[str]]:
    """Run pgbench with *script* in the background, *seconds* at most."""
    process = subprocess.Popen(
        [
            str(cluster.bin / "pgbench"), "-n", "-f", str(script), "-T", str(seconds),
            "-c", str(clients), "-j", "1", *options, cluster.url(DATABASE),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        _, said = process.communicate()
        if "error" in said:
            raise Failure(f"pgbench: {said.strip()[-400:]}")


def _times(home: Path) -> list[float]:
    """Return the time of each request in seconds, from when it was sent, sorted."""
    times = []
    for path in home.glob("request.[0-9]*"):
        for line in path.read_text().splitlines():
            words = line.split()
            if len(words) == 7:  # the last line may be cut off
                times.append((int(words[2]) - int(words[6])) / 1e6)
    if not times:
        raise Failure("pgbench logged no request")
    return sorted(times)


if __name__ == "__main__":
    run(main)
