"""Serve the metrics over HTTP: `make exporter`.

    python -m tools.ops.monitor.exporter [--listen HOST:PORT] [--cache SECONDS]
        [--state DIRECTORY …]

TODO_MONITOR_URL names the database; without it the private server is watched, as its
superuser. A database that is suspended when nobody asks, as Neon's is, is woken by each
scrape: give `--cache` more seconds than it waits for.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from todo_models import fingerprint
from tools.console import Failure, run, say
from tools.ops.backup import state
from tools.ops.monitor import metrics
from tools.ops.monitor.metrics import PREFIX
from tools.postgres.server import admin_url, private
from tools.postgres.target import CONNECT_SECONDS, describe, libpq_url
from tools.verify import lints

_RULES_EVERY: Final = 300.0  # seconds; the rules take some hundred milliseconds
_OPTIONS: Final = (
    "-c statement_timeout=5s -c lock_timeout=500ms -c jit=off"
    # The fingerprint prints names and defaults as it finds these.
    " -c search_path=pg_catalog -c datestyle=ISO,YMD -c intervalstyle=iso_8601"
)


class Exporter(Collector):
    """Asks the database when it is scraped.

    Args:
        url: of the database.
        states: directories of backups' results (`state/`).
        cache: seconds for which an answer is given again.
        rules_every: seconds after which the posture is looked at again.
    """

    def __init__(
        self,
        url: str,
        states: Sequence[Path] = (),
        cache: float = 0.0,
        rules_every: float = _RULES_EVERY,
    ) -> None:
        self._rules_every = rules_every
        self._url, self._states, self._cache = libpq_url(url), states, cache
        self._lock = threading.Lock()
        self._answer: list[Metric] = []
        self._answered = self._ruled = float("-inf")
        self._rules: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        """Give all metrics; with the database down, those that need none."""
        with self._lock:
            if time.monotonic() - self._answered >= self._cache:
                self._answer = list(self._ask())
                self._answered = time.monotonic()
            yield from self._answer
        yield from _results(self._states)

    def _ask(self) -> Iterator[Metric]:
        began = time.monotonic()
        up = 0
        try:
            with psycopg.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_SECONDS,
                application_name="todo-monitor", options=_OPTIONS,
            ) as connection:  # fmt: skip
                yield from metrics.ask(connection)
                if time.monotonic() - self._ruled >= self._rules_every:
                    self._rules = list(_posture(connection))
                    self._ruled = time.monotonic()
                yield from self._rules
            up = 1
        except psycopg.Error:
            pass
        yield GaugeMetricFamily(f"{PREFIX}up", "Whether the database answers.", up)
        yield GaugeMetricFamily(
            f"{PREFIX}scrape_seconds", "How long it took to ask all.",
            time.monotonic() - began,
        )  # fmt: skip


def _posture(connection: psycopg.Connection[Any]) -> Iterator[Metric]:
    """Count what breaks the rules of sql/lints/, and look whether the models fit."""
    found = GaugeMetricFamily(
        f"{PREFIX}posture_findings", "Findings of make posture.", labels=["severity"]
    )
    counts = dict.fromkeys(lints.SEVERITIES, 0)
    for finding in lints.find(connection):
        counts[finding.severity] += 1
    for severity, number in counts.items():
        found.add_metric([severity], number)
    yield found
    there = dict(connection.execute(fingerprint.QUERY.encode()).fetchall())
    wanted = fingerprint.EXPECTED
    fits = int(all(there.get(name) == digest for name, digest in wanted.items()))
    yield GaugeMetricFamily(
        f"{PREFIX}schema_fits", "Whether the database has what the models need.", fits
    )


def _results(states: Sequence[Path]) -> Iterator[Metric]:
    """Tell when backups, checks, drills and dumps last ended, and how."""
    at = GaugeMetricFamily(
        f"{PREFIX}task_success_timestamp_seconds",
        "When a backup, check, drill or dump last ended well.", labels=["task"],
    )  # fmt: skip
    ok = GaugeMetricFamily(
        f"{PREFIX}task_ok", "Whether the last one ended well.", labels=["task"]
    )
    faults = GaugeMetricFamily(
        f"{PREFIX}backup_faults", "What make backup-check found.", labels=["key"]
    )
    figures = GaugeMetricFamily(
        f"{PREFIX}drill_seconds", "Of the last drill.", labels=["figure"]
    )
    for place in states:
        for name in ("backup", "check", "drill", "dump"):
            if not (told := state.read(place, name)):
                continue
            ok.add_metric([name], int(told["ok"]))
            if told.get("succeeded_at"):
                at.add_metric([name], told["succeeded_at"])
            counts: dict[str, int] = {}
            for fault in told.get("faults", []):
                counts[fault["key"]] = counts.get(fault["key"], 0) + 1
            for key, number in counts.items():
                faults.add_metric([key], number)
            for figure in ("restored", "proved", "loss"):
                if figure in told:
                    figures.add_metric([figure], told[figure])
    yield from (at, ok, faults, figures)


def main(argv: Sequence[str]) -> int:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m tools.ops.monitor.exporter")
    parser.add_argument("--listen", default="127.0.0.1:9187", metavar="HOST:PORT")
    parser.add_argument("--cache", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--state", type=Path, action="append", metavar="DIRECTORY")
    chosen = parser.parse_args(argv)
    host, _, port = chosen.listen.rpartition(":")
    if not host or not port.isdecimal():
        raise Failure(f"{chosen.listen!r} is no HOST:PORT", status=2)
    url, states = os.environ.get("TODO_MONITOR_URL"), chosen.state or []
    if not url:
        url = admin_url()
        states = states or [private().home / "backup" / "state"]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Exporter(url, states, chosen.cache))
    server, thread = start_http_server(int(port), host, registry)
    say(f"{describe(url)}: http://{host}:{server.server_port}/metrics")
    thread.join()
    return 0


if __name__ == "__main__":
    run(main)
