"""Many clients over few connections: the mix through PgBouncer in transaction mode."""

from __future__ import annotations

from typing import Any, Final

from tools.bench import pgbench
from tools.bench.loading import OURS
from tools.bench.mix import aim, scripts_of, variables_of
from tools.bench.pgbench import Run
from tools.bench.place import Place
from tools.bench.results import summary
from tools.postgres.pgbouncer import pooling

CLIENTS: Final = (20, 100, 1000)
SERVERS: Final = 20


def measure(place: Place, seconds: int, rounds: int) -> dict[str, Any]:
    """Run the mix in turns with each number of clients and give the times of all.

    Args:
        seconds: of a run; a thousand clients need some to have a turn each.
        rounds: so often each number has its turn.
    """
    found: dict[int, list[dict[str, list[float]]]] = {n: [] for n in CLIENTS}
    with pooling(place.cluster, place.passwords, servers=SERVERS) as pooler:
        for turn in range(rounds):
            for clients, ran in found.items():
                variables = variables_of(place) | {"targets": aim(place, OURS)}
                url = pooler.url(place.login(OURS))
                how = Run(url, clients=clients, seconds=seconds, seed=turn + 1)
                scripts = scripts_of(place, OURS)
                ran.append(pgbench.run(place, scripts, how, variables))
    return {str(n): summary(ran, seconds) for n, ran in found.items()}
