"""The exporter tells what is, and every alert has its page and its test."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.core import Metric
from sqlalchemy.engine import make_url

from tests.python.tools.ops.served import MAJORS, filled, need
from tests.python.tools.ops.watched import FILES
from tools.console import Failure
from tools.ops import packages
from tools.ops.backup import state
from tools.ops.backup.place import Place
from tools.ops.monitor import dashboards, login, metrics
from tools.ops.monitor.exporter import Exporter
from tools.postgres.binaries import find_bin
from tools.postgres.throwaway import throwaway
from tools.project import ROOT

RULES = [
    rule
    for file in FILES
    for group in yaml.safe_load((metrics.ASSETS / file).read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
RUNBOOKS = ROOT / "docs" / "runbooks"
# What Prometheus makes itself, and what the exporter makes without a query.
OTHERS = {
    *("up", "todo_up", "todo_metric_failed", "todo_posture_findings"),
    *("todo_schema_fits", "todo_task_ok", "todo_backup_faults"),
    "todo_task_success_timestamp_seconds",
}


@pytest.fixture(scope="module", params=MAJORS)
def watched(request: pytest.FixtureRequest) -> Iterator[tuple[Place, str]]:
    """A database, and the address by which todo_monitor sees it."""
    settings = {"wal_level": "replica", "archive_mode": "on", "max_wal_senders": "2"}
    with throwaway(find_bin(request.param), settings) as cluster:
        place = filled(cluster)
        yield place, login.give(place.url)


def read(address: str, *states: Place) -> dict[str, Metric]:
    """All metrics by name."""
    exporter = Exporter(address, [place.state for place in states])
    return {metric.name: metric for metric in exporter.collect()}


def values(metric: Metric) -> list[float]:
    """The numbers of a metric."""
    return [sample.value for sample in metric.samples]


def test_the_address_is_kept_and_the_password_waits_for_it(
    watched: tuple[Place, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that cannot write its file has changed nothing."""
    url = watched[0].url
    monkeypatch.setenv("DATABASE_URL", url)
    blocked = tmp_path / "blocked"
    (tmp_path / "blocked.next").mkdir()
    with psycopg.connect(url, autocommit=True) as superuser:
        secret = "select rolpassword from pg_authid where rolname = 'todo_monitor'"
        before = superuser.execute(secret).fetchone()
        with pytest.raises(Failure, match="nothing was changed"):
            login.main(["--file", str(blocked)])
        assert superuser.execute(secret).fetchone() == before
        file = tmp_path / "monitor.env"
        assert login.main(["--file", str(file)]) == 0
        assert superuser.execute(secret).fetchone() != before
        assert file.stat().st_mode & 0o777 == 0o600
        line = file.read_text("utf-8").splitlines()[-1]
        address = line.removeprefix("TODO_MONITOR_URL='").removesuffix("'")
        try:
            with psycopg.connect(address) as monitor:
                assert monitor.info.user == "todo_monitor"
        finally:  # the others log in with the first password
            given = make_url(watched[1]).password
            superuser.execute(f"alter role todo_monitor password '{given}'".encode())


def test_every_metric_is_read_by_a_login_without_rows(
    watched: tuple[Place, str],
) -> None:
    found = read(watched[1])
    assert values(found["todo_up"]) == [1]
    assert found["todo_metric_failed"].samples == []
    for query in metrics.read():
        assert query.name.removesuffix("_total") in found, query.name
    assert values(found["todo_tables_without_rls"]) == [0]
    assert values(found["todo_app_login_power"]) == [0]
    assert values(found["todo_schema_fits"]) == [1]
    assert values(found["todo_archive_mode_on"]) == [1]
    with psycopg.connect(watched[1]) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select count(*) from app_data.tasks")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select count(*) from app.tasks")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("tables_without_rls", "alter table app_data.tags no force row level security"),
        ("views_as_owner", "alter view app.tags reset (security_invoker)"),
        ("app_login_power", "grant todo_owner to todo_app"),
        ("rows_granted_to_public", "grant select on app_data.tags to public"),
        (
            "autovacuum_off_tables",
            "alter table app_data.tags set (autovacuum_enabled = 0)",
        ),
        ("schema_fits", "alter table app_data.tags drop constraint tags_name_is_short"),
    ],
)
def test_a_fault_of_the_schema_is_seen(
    watched: tuple[Place, str], name: str, fault: str
) -> None:
    """In a copy; the metric is not what it is on a database that is right."""
    cluster = watched[0].cluster
    assert cluster is not None
    copy = f"fault_{name}"
    there = make_url(watched[1]).set(database=copy).render_as_string(False)
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute(f"create database {copy} template todo".encode())
        connection.execute(f"grant connect on database {copy} to todo_monitor".encode())
        try:
            right = values(read(there)[f"todo_{name}"])
            with psycopg.connect(cluster.url(copy), autocommit=True) as inside:
                inside.execute(fault.encode())
            wrong = values(read(there)[f"todo_{name}"])
        finally:
            connection.execute(f"drop database {copy} with (force)".encode())
            connection.execute("revoke todo_owner from todo_app")
    assert right != wrong


def test_a_database_that_is_down_is_told() -> None:
    found = read("postgresql://nobody@127.0.0.1:1/x")
    assert values(found["todo_up"]) == [0] and "todo_connections" not in found


def test_results_of_backups_are_told(watched: tuple[Place, str]) -> None:
    place = watched[0]
    place.home.mkdir(exist_ok=True)
    state.write(place.state, "backup", {"ok": True})
    state.write(place.state, "backup", {"ok": False, "reason": "no room"})
    faults = [{"key": "unexpired"}, {"key": "backup"}, {"key": "backup"}]
    state.write(place.state, "check", {"ok": False, "faults": faults})
    found = read(watched[1], place)
    ok = {s.labels["task"]: s.value for s in found["todo_task_ok"].samples}
    assert ok == {"backup": 0, "check": 0}
    last = found["todo_task_success_timestamp_seconds"].samples
    assert [one.labels["task"] for one in last] == ["backup"]  # the check never was
    counts = {s.labels["key"]: s.value for s in found["todo_backup_faults"].samples}
    assert counts == {"unexpired": 1, "backup": 2}


def test_every_alert_has_its_page_and_is_made_of_metrics_that_there_are() -> None:
    assert len(RULES) >= 30
    known = OTHERS | {query.name for query in metrics.read()}
    index = (RUNBOOKS / "README.md").read_text("utf-8")
    for rule in RULES:
        name = rule["alert"]
        page = ROOT / rule["annotations"]["runbook"]
        assert page == RUNBOOKS / f"{name}.md"
        text = page.read_text("utf-8")
        assert text.startswith(f"# {name}\n") and f"]({name}.md)" in index
        for part in ("## Look", "## Do", "## Over when"):
            assert re.search(rf"^{part}\n\n\S", text, re.MULTILINE), (name, part)
        used = re.findall(r"\b(?:todo_\w+|up)\b", re.sub(r'"[^"]*"', "", rule["expr"]))
        assert used and set(used) <= known, (name, set(used) - known)
    pages = {page.stem for page in RUNBOOKS.glob("[A-Z]*.md")} - {"README"}
    assert pages == {rule["alert"] for rule in RULES}


def test_promtool_agrees() -> None:
    """Each alert fires on a series that is wrong, and not on one that is right."""
    need("promtool")
    tests = yaml.safe_load((metrics.ASSETS / "alerts.test.yaml").read_text("utf-8"))
    expected: dict[str, set[bool]] = {}
    for one in tests["tests"]:
        for alert in one["alert_rule_test"]:
            expected.setdefault(alert["alertname"], set()).add(
                bool(alert["exp_alerts"])
            )
    assert expected == {rule["alert"]: {True, False} for rule in RULES}
    for words in (
        ["promtool", "check", "rules", *FILES],
        ["promtool", "test", "rules", "alerts.test.yaml"],
    ):
        done = run(words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboards_are_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """And are made of metrics that there are."""
    assert dashboards.main(["--check"]) == 0
    known = OTHERS | {query.name for query in metrics.read()}
    known |= {"todo_drill_seconds", "todo_scrape_seconds"}
    panels = [panel for some in dashboards.DASHBOARDS.values() for panel in some]
    assert len(panels) > 40
    for panel in panels:
        used = set(re.findall(r"\btodo_\w+", panel.expression))
        assert used <= known, (panel.title, used - known)


@pytest.mark.drill
def test_each_severity_reaches_its_receiver() -> None:
    need("amtool")
    assert run(["amtool", "check-config", "alertmanager.yaml"]).returncode == 0
    for severity in ("page", "look", "note"):
        told = run(
            ["amtool", "config", "routes", "test", "--config.file=alertmanager.yaml",
             f"--verify.receivers={severity}", f"severity={severity}"]
        )  # fmt: skip
        assert told.returncode == 0, told.stdout + told.stderr


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of Prometheus beside our files."""
    return subprocess.run(
        [packages.find(words[0]), *words[1:]],
        cwd=metrics.ASSETS,
        capture_output=True,
        text=True,
        check=False,
    )
