"""pg_prove in a container says what pg_prove without one says; without Docker, too."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.verify.test_pgtap import write
from tools.console import Failure
from tools.ops import docker, pgprove
from tools.ops.engine import Engine
from tools.postgres.cluster import Cluster
from tools.verify import pgtap

GOOD = "select plan(1); select ok(true, 'holds'); select finish();"
SOME = [pgtap.SUITE / "app_data" / "access", pgtap.SUITE / "roles.sql"]


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose Docker has no engine, whatever this one has."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/socket")
    monkeypatch.setattr(pgprove, "given_url", lambda: None)


def told(said: str) -> list[str]:
    """Pick every assertion and the totals, without the times."""
    kept = r"^(?:(?:not )?ok \d.*|1\.\.\d+|Files=\d+, Tests=\d+|Result: \w+)"
    return sorted(re.findall(kept, said, re.MULTILINE))


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_the_same_files_run(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = write(place, "good.sql", GOOD)
    bad = write(place, "bad.sql", GOOD.replace("true", "false"))
    assert pgprove.main([good]) == 0
    said = capfd.readouterr()
    assert "Result: PASS" in said.out
    assert "no Docker engine answers: Docker" in said.err
    assert "pg_prove runs without Docker" in said.err
    assert pgprove.main([good, bad]) != 0
    said = capfd.readouterr()
    assert "bad.sql (Wstat: 0 Tests: 1 Failed: 1)" in said.out
    assert "Files=2, Tests=2" in said.out and "Result: FAIL" in said.out


@pytest.mark.usefixtures("no_engine")
def test_an_engine_that_is_required_is_missed(place: Path) -> None:
    with pytest.raises(Failure, match="no Docker engine answers"):
        pgprove.main(["--engine", "require", write(place, "good.sql", GOOD)])


def test_the_container_says_what_a_run_without_says(
    reached: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pgprove, "given_url", lambda: None)
    words = ["--verbose", *map(str, SOME)]
    assert pgprove.main(["--engine", "require", *words]) == 0
    inside = capfd.readouterr().out
    assert f"in {pgprove.IMAGE}:" in inside
    assert pgprove.main(["--engine", "none", *words]) == 0
    outside = capfd.readouterr().out
    assert f"in {pgprove.IMAGE}:" not in outside
    assert "Result: PASS" in told(inside) and len(told(inside)) > 100
    assert told(inside) == told(outside)


def test_a_failure_inside_is_a_failure(
    reached: Engine,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pgprove, "given_url", lambda: None)
    files = [
        write(place, "good.sql", GOOD),
        write(place, "false.sql", GOOD.replace("true", "false")),
        write(place, "empty.sql", ""),
    ]
    assert pgprove.main(["--engine", "require", *files]) != 0
    said = capfd.readouterr().out
    summary = said.partition("Test Summary Report")[2]
    assert "false.sql" in summary and "empty.sql" in summary, said
    assert "good.sql" not in summary and "Files=3, Tests=2" in summary, said


def test_any_server_by_its_address(
    reached: Engine,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A login with a password, which no command line and no output shows."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("create role dba superuser login password 'se cr#t'")
        before = _inventory(connection)
        url = cluster.url(user="dba").replace("dba@", "dba:se%20cr%23t@")
        monkeypatch.setenv("DATABASE_URL", url)
        file = str(pgtap.SUITE / "app_data" / "access" / "tasks.sql")
        assert pgprove.main(["--engine", "require", file]) == 0
        said = capfd.readouterr()
        assert "Result: PASS" in said.out and "in todo-db/pgtap:" in said.out
        assert "cr#t" not in said.out + said.err
        assert _inventory(connection) == before
        connection.execute("drop role dba")


def test_the_login_must_be_able_to_become_others(
    cluster: Cluster, app_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", app_url)
    with pytest.raises(Failure, match="must be a superuser"):
        pgprove.main([])


def test_the_container_can_do_next_to_nothing(reached: Engine) -> None:
    image = docker.build(pgprove.IMAGE, pgprove.ASSETS)
    words = docker.command(
        image,
        user=None,
        variables=[],
        mounts=[pgtap.SUITE],
        workdir=Path("/"),
        entrypoint="sh",
    )
    script = (
        f"id -u; touch /tmp/x; touch {pgtap.SUITE}/x; grep -E '^(CapBnd|NoNew)' "
        "/proc/self/status; cat /sys/fs/cgroup/memory.max "
        "/sys/fs/cgroup/memory/memory.limit_in_bytes"
    )
    done = subprocess.run(
        [*words, "-c", script], env=dict(reached.environment), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert re.search(r"^65534$", done.stdout, re.MULTILINE), done.stdout
    assert done.stdout.count("Read-only file system") == 2, done.stdout
    assert re.search(r"CapBnd:\s+0{16}\n", done.stdout), done.stdout
    assert re.search(r"NoNewPrivs:\s+1\n", done.stdout), done.stdout
    assert str(256 << 20) in done.stdout


def _inventory(connection: psycopg.Connection) -> list[str]:
    """List the databases and roles of the server."""
    query = "select datname from pg_database union all select rolname from pg_roles"
    return sorted(row[0] for row in connection.execute(query))
