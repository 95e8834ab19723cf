"""Metrics for OpenTelemetry; needs the extra `todo-db[opentelemetry]`.

    watch(db)  # with the global meter provider

The names are those of the semantic conventions for database clients.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import (
    CallbackOptions,
    MeterProvider,
    get_meter,
)
from opentelemetry.metrics import Observation as Point

from .instrumentation import Observation

if TYPE_CHECKING:
    from .database import Database

_SYSTEM: Final = {"db.system.name": "postgresql"}


def watch(db: Database, provider: MeterProvider | None = None) -> None:
    """Put the statements and pools of *db* into the meters of *provider*."""
    meter = get_meter("todo_db", meter_provider=provider)
    duration = meter.create_histogram(
        "db.client.operation.duration", "s", "Duration of database client operations."
    )

    def on_statement(seen: Observation) -> None:
        attributes = {**_SYSTEM, "db.operation.name": seen.verb}
        if seen.error is not None:
            attributes["error.type"] = seen.error
        duration.record(seen.seconds, attributes)

    def connections(_: CallbackOptions) -> Iterable[Point]:
        for side, pool in db.live().pools.items():
            for state, number in (("used", pool.in_use), ("idle", pool.idle)):
                yield Point(
                    number,
                    {
                        "db.client.connection.pool.name": side,
                        "db.client.connection.state": state,
                    },
                )

    def waiting(_: CallbackOptions) -> Iterable[Point]:
        for side, pool in db.live().pools.items():
            yield Point(pool.waiting, {"db.client.connection.pool.name": side})

    db.observe(on_statement)
    meter.create_observable_up_down_counter(
        "db.client.connection.count", [connections], "{connection}"
    )
    meter.create_observable_up_down_counter(
        "db.client.connection.pending_requests", [waiting], "{request}"
    )
