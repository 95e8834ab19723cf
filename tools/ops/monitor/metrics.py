"""The metrics: one SQL file each, whose column `value` is the number, others labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from psycopg.rows import dict_row

from tools.console import Failure
from tools.project import ROOT

ASSETS: Final = ROOT / "tools/ops/assets/monitor"
DIRECTORY: Final = ASSETS / "metrics"
PREFIX: Final = "todo_"
_DIRECTIVE: Final = re.compile(r"^-- (type|from|until): (\w+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Query:
    """One metric.

    Attributes:
        name: with its prefix; a counter's ends in `_total`.
        page: what it tells.
        kind: `gauge` or `counter`.
        sql: the query.
        least: the oldest major version that it is for.
        most: the newest one.
    """

    name: str
    page: str
    kind: str
    sql: str
    least: int = 0
    most: int = 99


@cache
def read(directory: Path = DIRECTORY) -> tuple[Query, ...]:
    """Read every metric, by name.

    Raises:
        Failure: a file lacks its page or its type.
    """
    return tuple(_read(file) for file in sorted(directory.glob("*.sql")))


def ask(connection: psycopg.Connection[Any]) -> Iterator[Metric]:
    """Ask every metric of a session in autocommit.

    One that fails is left out and named by `todo_metric_failed`; it hides no other.
    """
    major = connection.info.server_version // 10_000
    failed = GaugeMetricFamily(
        f"{PREFIX}metric_failed", "Metrics that could not be read.", labels=["metric"]
    )
    for query in read():
        if not query.least <= major <= query.most:
            continue
        try:
            with connection.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(query.sql.encode()).fetchall()
        except psycopg.Error:
            if connection.closed:
                raise
            failed.add_metric([query.name], 1)
            continue
        yield _family(query, rows)
    yield failed


def _family(query: Query, rows: list[dict[str, Any]]) -> Metric:
    labels = [name for name in rows[0] if name != "value"] if rows else []
    family: GaugeMetricFamily | CounterMetricFamily
    if query.kind == "counter":
        family = CounterMetricFamily(query.name, query.page, labels=labels)
    else:
        family = GaugeMetricFamily(query.name, query.page, labels=labels)
    for row in rows:
        names = [str(row[label]) for label in labels]
        family.add_metric(names, float(row["value"]))
    return family


def _read(file: Path) -> Query:
    text = file.read_text(encoding="utf-8")
    said = dict(_DIRECTIVE.findall(text))
    page = re.match(r"-- (.+)\n--\n", text)
    if page is None or said.get("type") not in ("gauge", "counter"):
        raise Failure("a metric without its page or its type", where=str(file))
    return Query(
        name=PREFIX + file.stem.removesuffix("_before_17"),
        page=page[1],
        kind=said["type"],
        sql=_DIRECTIVE.sub("", text).rstrip().removesuffix(";"),
        least=int(said.get("from", 0)),
        most=int(said.get("until", 99)),
    )
