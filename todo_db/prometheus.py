"""Metrics for Prometheus; needs the extra `todo-db[prometheus]`.

watch(db)  # into the default registry
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from .instrumentation import Observation

if TYPE_CHECKING:
    from .database import Database

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


def watch(db: Database, registry: CollectorRegistry = REGISTRY) -> None:
    """Put the statements and pools of *db* into *registry*."""
    seconds = Histogram(
        "todo_db_statement_seconds",
        "How long statements took, by verb.",
        ["verb"],
        buckets=_BUCKETS,
        registry=registry,
    )
    errors = Counter(
        "todo_db_errors",
        "Statements that failed, by verb and SQLSTATE.",
        ["verb", "error"],
        registry=registry,
    )

    def on_statement(seen: Observation) -> None:
        seconds.labels(seen.verb).observe(seen.seconds)
        if seen.error is not None:
            errors.labels(seen.verb, seen.error).inc()

    db.observe(on_statement)
    registry.register(_Pools(db))


class _Pools:
    """Reads the pools when Prometheus asks."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def collect(self) -> Iterable[Metric]:
        """Give the use of each pool there is."""
        found = GaugeMetricFamily(
            "todo_db_pool_connections",
            "Connections of a pool and callers who wait for one.",
            labels=["side", "state"],
        )
        for side, pool in self._db.live().pools.items():
            for state in ("size", "in_use", "idle", "waiting"):
                found.add_metric([side, state], getattr(pool, state))
        yield found
