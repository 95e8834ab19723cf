"""Write the dashboards for Grafana: tools/ops/assets/monitor/dashboards/*.json.

    python -m tools.ops.monitor.dashboards [--check]

A dashboard is a list of panels here, each a title, a unit and an expression; the JSON
is what Grafana imports. With --check nothing is written: status 1 if a file is not what
would be written.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.console import Failure, run, say
from tools.ops.monitor.metrics import ASSETS

DIRECTORY: Final = ASSETS / "dashboards"
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
_WIDTH, _HEIGHT = 12, 8  # of the 24 columns that Grafana has


@dataclass(frozen=True)
class Panel:
    """One diagram.

    Attributes:
        title: in words.
        unit: as Grafana names it.
        expression: for Prometheus.
        legend: of each series.
    """

    title: str
    unit: str
    expression: str
    legend: str = ""


def _rate(name: str, by: str = "database") -> str:
    return f"sum by ({by}) (rate(todo_{name}_total[5m]))"


_SINCE: Final = "time() - todo_task_success_timestamp_seconds"
DASHBOARDS: Final[dict[str, tuple[Panel, ...]]] = {
    "overview": (
        Panel("Database answers", "bool_yes_no", "todo_up"),
        Panel("Alerts", "short",
              'sum by (severity) (ALERTS{alertstate="firing"}) or vector(0)',
              "{{severity}}"),
        Panel("Transactions", "ops", _rate("database_xact_commit"), "{{database}}"),
        Panel("Rolled back", "ops", _rate("database_xact_rollback"), "{{database}}"),
        Panel("Connections", "short", "sum by (state) (todo_connections)", "{{state}}"),
        Panel("Size", "bytes", "todo_database_size_bytes", "{{database}}"),
        Panel("Found in the cache", "percentunit",
              "sum(rate(todo_database_blks_hit_total[5m])) / (sum(rate("
              "todo_database_blks_hit_total[5m])) + sum(rate("
              "todo_database_blks_read_total[5m])))"),
        Panel("Time of a scrape", "s", "todo_scrape_seconds"),
    ),
    "locks-and-queries": (
        Panel("Sessions that wait for a lock", "short", "todo_sessions_blocked"),
        Panel("Longest wait", "s", "todo_session_blocked_longest_seconds"),
        Panel("Longest statement", "s", "todo_statement_longest_seconds"),
        Panel("Longest transaction", "s", "todo_transaction_longest_seconds"),
        Panel("Longest silence in one", "s", "todo_transaction_idle_longest_seconds"),
        Panel("Deadlocks", "ops", _rate("database_deadlocks"), "{{database}}"),
        Panel("Temporary files", "Bps", _rate("database_temp_bytes"), "{{database}}"),
        Panel("Connections by role", "short", "sum by (role) (todo_connections)",
              "{{role}}"),
    ),
    "vacuum-and-xid": (
        Panel("Transactions since the oldest row was frozen", "short",
              "todo_database_xid_age", "{{database}}"),
        Panel("Multixacts", "short", "todo_database_multixact_age", "{{database}}"),
        Panel("Vacuum is held back by", "short", "todo_xmin_horizon_age"),
        Panel("Dead rows", "short", "topk(10, todo_table_dead_rows)",
              "{{schema}}.{{table}}"),
        Panel("Tables without autovacuum", "short", "todo_autovacuum_off_tables"),
        Panel("Indexes that are not valid", "short", "todo_indexes_invalid"),
    ),
    "wal-and-replication": (
        Panel("WAL written", "Bps", "rate(todo_wal_written_bytes_total[5m])"),
        Panel("WAL on disk", "bytes", "todo_wal_directory_bytes"),
        Panel("Segments archived", "ops", "rate(todo_archiver_archived_total[5m])"),
        Panel("Attempts that failed", "ops", "rate(todo_archiver_failed_total[5m])"),
        Panel("Segments that wait", "short", "todo_wal_waiting_segments"),
        Panel("Age of what was archived last", "s", "todo_archive_lag_seconds"),
        Panel("Kept by slots", "bytes", "todo_slot_retained_bytes", "{{slot}}"),
        Panel("A standby's replay is behind by", "s",
              "todo_standby_replay_lag_seconds"),
        Panel("Checkpoints when it was time", "ops",
              "rate(todo_checkpoints_timed_total[5m])"),
        Panel("Checkpoints before", "ops",
              "rate(todo_checkpoints_requested_total[5m])"),
    ),
    "backups": (
        Panel("Last success", "s", _SINCE, "{{task}}"),
        Panel("The last one succeeded", "bool_yes_no", "todo_task_ok", "{{task}}"),
        Panel("Of the last drill", "s", "todo_drill_seconds", "{{figure}}"),
        Panel("The server archives", "bool_yes_no", "todo_archive_mode_on"),
    ),
    "people-and-isolation": (
        Panel("Rows", "short",
              'todo_table_live_rows{table=~"users|projects|tasks|tags"}', "{{table}}"),
        Panel("Rows changed", "ops", _rate("table_rows_changed", "table"), "{{table}}"),
        Panel("Size with indexes", "bytes", "topk(10, todo_table_size_bytes)",
              "{{schema}}.{{table}}"),
        Panel("Tables without row-level security", "short", "todo_tables_without_rls"),
        Panel("Views that read as their owner", "short", "todo_views_as_owner"),
        Panel("Logins that are not bound by it", "short",
              "todo_logins_that_bypass_rls"),
        Panel("The app's login is powerful", "bool_yes_no", "todo_app_login_power"),
        Panel("Findings of the posture", "short", "todo_posture_findings",
              "{{severity}}"),
        Panel("The schema fits the models", "bool_yes_no", "todo_schema_fits"),
    ),
}  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(prog="python -m tools.ops.monitor.dashboards")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args(argv)
    DIRECTORY.mkdir(exist_ok=True)
    for name, panels in DASHBOARDS.items():
        file = DIRECTORY / f"{name}.json"
        text = json.dumps(dashboard(name, panels), indent=2) + "\n"
        if not chosen.check:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            raise Failure(
                "the dashboard is not what would be written",
                where=str(file),
                next="python -m tools.ops.monitor.dashboards",
            )
    say(f"{len(DASHBOARDS)} dashboards in {DIRECTORY}")
    return 0


def dashboard(name: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """Give one as Grafana reads it."""
    source = {"name": "source", "label": "Prometheus", "type": "datasource"}
    return {
        "uid": f"todo-{name}",
        "title": f"todo: {name.replace('-', ' ')}",
        "tags": ["todo-db"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{**source, "query": "prometheus"}]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, 24 // _WIDTH)
    place = {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
    target = {"refId": "A", "datasource": _SOURCE, "expr": panel.expression}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [{**target, "legendFormat": panel.legend or panel.title}],
    }


if __name__ == "__main__":
    run(main)
