"""What is measured has verbs, times and states, and nothing that people wrote."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.python.todo_db.sample import ALICE, new_task
from todo_db import Database, TodoError
from todo_db.instrumentation import Observation
from todo_models import Task

_SECRET = "My secret diary"


def _work(db: Database) -> None:
    with db.session(ALICE) as session:
        session.add(new_task(_SECRET))
        session.flush()
        session.exec(select(Task).where(Task.title == _SECRET).limit(1)).all()
    with pytest.raises(TodoError), db.session(ALICE) as session:
        session.execute(text("select 1/0"))


def test_each_statement_is_told(db: Database) -> None:
    seen: list[Observation] = []
    db.observe(seen.append)
    _work(db)
    assert [(each.verb, each.error) for each in seen] == [
        ("INSERT", None),
        ("SELECT", None),
        ("SELECT", "22012"),
    ]
    assert all(0 < each.seconds < 5 for each in seen)


def test_prometheus(db: Database) -> None:
    client = pytest.importorskip("prometheus_client")
    from todo_db import prometheus

    registry = client.CollectorRegistry()
    prometheus.watch(db, registry)
    _work(db)
    shown = client.generate_latest(registry).decode()
    assert 'todo_db_statement_seconds_count{verb="INSERT"} 1.0' in shown
    assert 'todo_db_errors_total{error="22012",verb="SELECT"} 1.0' in shown
    assert 'todo_db_pool_connections{side="sync",state="size"} 10.0' in shown
    assert "diary" not in shown


async def test_opentelemetry(adb: Database) -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    from todo_db import otel

    reader = InMemoryMetricReader()
    otel.watch(adb, MeterProvider(metric_readers=[reader]))
    async with adb.async_session(ALICE) as session:
        session.add(new_task(_SECRET))
    data = reader.get_metrics_data()
    assert data is not None
    shown = data.to_json()
    for name in (
        "db.client.operation.duration",
        "db.client.connection.count",
        "db.client.connection.pending_requests",
    ):
        assert name in shown
    assert '"INSERT"' in shown
    assert "diary" not in shown
