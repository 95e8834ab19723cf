"""What a transaction costs the server's processor, which other programs disturb little.

Wall-clock times of a busy machine say nothing; the kernel's account of the time that
the backend was running does. Linux only.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
from rich.table import Table

from tools.bench.loading import OURS
from tools.bench.mix import WEIGHTS, WRITES
from tools.bench.place import Place
from tools.bench.systems import bound, parts

_ROUNDS: Final = 5
_COUNT: Final = 60


def measure(place: Place) -> Table:
    """Give milliseconds of the backend's running time for each transaction of the mix.

    The preamble, the statement and COMMIT, unnamed statements for everybody, in the
    space of the writer for writes and in the largest for reads.
    """
    table = Table("ms of the backend", *place.systems, "ratio")
    for column in table.columns[1:]:
        column.justify = "right"
    for name in WEIGHTS:
        found = [statistics.median(_times(place, each, name)) for each in place.systems]
        ratio = found[0] / found[1] if len(found) > 1 else 1.0
        table.add_row(name, *(f"{each:.3f}" for each in found), f"{ratio:.2f}")
    return table


def _times(place: Place, system: str, name: str) -> Iterator[float]:
    who = place.world.writer if name in WRITES else place.world.large
    values = place.values(system, who)
    if who == place.world.writer and name != "create":
        who = place.world.large  # the writer's tasks have no tags and no projects
        values = place.values(system, who)
    statement = bound(parts(system).query(name), values)
    me = place.world.people[who]
    with psycopg.connect(place.login(system), autocommit=True) as connection:
        text = statement.as_string(connection).encode()
        preamble = (
            place.preamble(me).statements if system == OURS else ((b"select 1", ()),)
        )
        if own := parts(system).get("open"):
            own_text = bound(own.rstrip(";"), {"user_id": str(me)})
            preamble = ((own_text.as_string(connection).encode(), ()),)
        for turn in range(_ROUNDS + 1):
            before = _running(connection.info.backend_pid)
            for _ in range(_COUNT):
                with connection.pipeline():
                    connection.execute("begin")
                    for each, given in preamble:
                        connection.pgconn.send_query_params(each, list(given))
                        connection._pipeline.result_queue.append(None)  # type: ignore[union-attr]
                    connection.execute(text, prepare=False)
                    connection.execute("commit")
            if turn:  # the first reads the catalogue
                yield (_running(connection.info.backend_pid) - before) / _COUNT / 1e6


def _running(pid: int) -> int:
    """Give the nanoseconds that a process has been running."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
