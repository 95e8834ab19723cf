"""A Prometheus of the tests' own, which scrapes an exporter each two seconds."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import yaml  # type: ignore[import-untyped]
from prometheus_client import CollectorRegistry, start_http_server

from tools.ops import packages
from tools.ops.monitor.exporter import Exporter
from tools.ops.monitor.metrics import ASSETS

FILES: Final = ("alerts.yaml", "alerts-server.yaml")
# Nobody waits five minutes for a test: the same alerts, with shorter times and sizes.
_SMALLER: Final = (
    (r"(_blocked_longest_seconds) > 5\b", r"\1 > 1"),
    (r"(_(?:transaction|statement)_\w*longest_seconds) > \d+", r"\1 > 2"),
    (r"(_oldest_seconds) > 300", r"\1 > 2"),
    (r"(xmin_horizon_age) > 1000000", r"\1 > 1000"),
    (r"(archive_lag_seconds) > 300", r"\1 > 4"),
    (r"(wal_waiting_segments) > 100", r"\1 > 1"),
    (r"(slot_retained_bytes) > (?:5e9|1e9)", r"\1 > 1e5"),
    (r"(requested_total)\[2m\]\) > 6", r"\1[10s]) > 2"),
    (r"(temp_bytes_total)\[1m\]\) > 50e6", r"\1[10s]) > 1e5"),
    (r"\[1m\]", "[10s]"),
    (r"(started_timestamp_seconds) < 120", r"\1 < 10"),
)


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus that answers on *port*."""

    port: int

    def ask(self, path: str) -> Any:
        """Ask its API, and give `data`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        assert answer["status"] == "success", answer
        return answer["data"]

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        return {
            one["labels"]["alertname"]
            for one in self.ask("/api/v1/alerts")["alerts"]
            if one["state"] == "firing"
        }

    def value(self, expression: str) -> list[Any]:
        """What an expression gives now."""
        found: list[Any] = self.ask(f"/api/v1/query?query={quote(expression)}")[
            "result"
        ]
        return found

    def wait(self, wanted: Callable[[set[str]], bool], seconds: float) -> float:
        """Wait for a state of the alerts, and give the seconds that it took."""
        began = time.monotonic()
        while not wanted(now := self.firing()):
            assert time.monotonic() - began < seconds, sorted(now)
            time.sleep(0.2)
        return time.monotonic() - began


@dataclass
class Watch:
    """An exporter that can be stopped and started again, on one port."""

    exporter: Exporter
    port: int
    server: Any = None

    def start(self) -> None:
        """Serve."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self.exporter)
        self.server, _ = start_http_server(self.port, "127.0.0.1", registry)

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def serving(exporter: Exporter) -> Iterator[Watch]:
    """Serve an exporter for the block."""
    watch = Watch(exporter, free_port())
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


@contextmanager
def prometheus(home: Path, *targets: tuple[str, int]) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes the targets, with our alerts made smaller."""
    for name in FILES:
        (home / name).write_text(smaller((ASSETS / name).read_text("utf-8")))
    config = {
        "global": {
            "scrape_interval": "2s",
            "scrape_timeout": "2s",
            "evaluation_interval": "1s",
        },
        "rule_files": list(FILES),
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for job, port in targets
        ],
    }
    (home / "prometheus.yaml").write_text(yaml.safe_dump(config))
    port = free_port()
    with (home / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [packages.find("prometheus"), f"--config.file={home}/prometheus.yaml",
             f"--storage.tsdb.path={home}/tsdb",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log, cwd=home,
        )  # fmt: skip
    try:
        made = Prometheus(port)
        end = time.monotonic() + 60
        while True:
            try:
                if made.value("up == 1"):
                    break
            except (OSError, AssertionError, json.JSONDecodeError):
                pass
            assert process.poll() is None, (home / "prometheus.log").read_text()
            assert time.monotonic() < end, "it scrapes nothing"
            time.sleep(0.1)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def smaller(text: str) -> str:
    """Make times and sizes those of a test; each rule of this must apply."""
    for pattern, new in _SMALLER:
        text = re.sub(pattern, new, text)
    return text


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
