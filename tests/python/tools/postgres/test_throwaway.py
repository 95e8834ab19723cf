"""Throw-away clusters: quick, independent, and gone after every kind of end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.python.tools.checkouts import ask, until
from tools.console import Failure
from tools.postgres import storage
from tools.postgres import throwaway as throwaway_clusters
from tools.postgres.server import Cluster, find_bin
from tools.postgres.throwaway import throwaway
from tools.project import ROOT

_USER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # nohup ignores it
from tools.postgres.throwaway import throwaway
with throwaway() as cluster:
    print(cluster.home, cluster.postmaster.pid, flush=True)
    time.sleep(60)
"""


def test_it_serves_and_leaves_nothing() -> None:
    with throwaway() as cluster:
        home, pid = cluster.home, cluster.postmaster.pid
        assert cluster.running
        said = str(ask(cluster.url(), "show server_version"))
        assert said.split()[0] == cluster.version
        assert ask(cluster.url(), "select lower('É')") == "é"
        assert cluster.url(driver="psycopg").startswith("postgresql+psycopg://")
    assert not home.exists()
    assert not Path(f"/proc/{pid}/cwd").exists()


def test_it_starts_in_well_under_a_second() -> None:
    def measure() -> float:
        start = time.perf_counter()
        with throwaway():
            return time.perf_counter() - start

    assert min(measure() for _ in range(3)) < 1.0


def test_an_exception_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError), throwaway() as cluster:
        raise ZeroDivisionError
    assert not cluster.home.exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_leaves_nothing(how: signal.Signals) -> None:
    command = [sys.executable, "-c", _USER]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        home, pid = process.stdout.readline().split()
        assert Path(home).exists()
        process.send_signal(how)
    until(lambda: not Path(home).exists())
    until(lambda: not Path(f"/proc/{pid}/cwd").exists())


def test_it_stops_and_starts_with_its_data() -> None:
    with throwaway() as cluster:
        assert cluster.psql("-c", "create table kept ()").returncode == 0
        cluster.stop()
        assert not cluster.running
        cluster.start()
        assert ask(cluster.url(), "select to_regclass('kept')::text") == "kept"
        cluster.stop(signal.SIGQUIT)
        cluster.start()
        assert ask(cluster.url(), "select to_regclass('kept')::text") == "kept"


def test_settings_outrank_the_unsafe_ones() -> None:
    settings = {
        "wal_level": "logical",
        "max_wal_senders": "3",
        "cluster_name": "it's $1",
    }
    with throwaway(settings=settings) as cluster:
        assert ask(cluster.url(), "show wal_level") == "logical"
        assert ask(cluster.url(), "show cluster_name") == "it's $1"
        assert ask(cluster.url(), "show fsync") == "off"


def test_a_refused_setting_is_a_failure_and_leaves_nothing() -> None:
    with pytest.raises(Failure, match="unrecognized configuration parameter") as caught:
        with throwaway(settings={"no_such_setting": "1"}):
            pytest.fail("it started")
    assert caught.value.where is not None
    assert not Path(caught.value.where).parent.exists()


def test_two_at_once_do_not_meet() -> None:
    with throwaway() as one, throwaway() as other:
        one.psql("-c", "create table only_here ()")
        assert ask(one.url(), "select to_regclass('only_here') is null") is False
        assert ask(other.url(), "select to_regclass('only_here') is null") is True


def test_a_template_left_half_made_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    monkeypatch.setattr(throwaway_clusters, "cache_dir", lambda: place)
    with throwaway():
        pass
    (template,) = place.glob("template-*")
    template.rename(template.with_name(template.name + ".partial"))
    with throwaway() as cluster:
        assert ask(cluster.url(), "select 1") == 1
    assert [path.name for path in place.glob("template-*")] == [template.name]


def test_psql_stops_at_the_first_error_and_ignores_the_callers_settings(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c search_path=nowhere")
    monkeypatch.setenv("PGDATABASE", "nowhere")
    shown = cluster.psql("-Atc", "show search_path")
    assert shown.stdout.strip() == '"$user", public'
    failed = cluster.psql("-c", "select 1/0", "-c", "select 'reached'")
    assert failed.returncode != 0
    assert "reached" not in failed.stdout


@pytest.mark.parametrize("kind", ["link", "foreign"])
def test_a_taken_name_in_tmp_is_refused(place: Path, kind: str) -> None:
    taken = place / "todo-db-1"
    if kind == "link":
        (place / "bait").mkdir()
        taken.symlink_to(place / "bait")
    else:
        if os.geteuid() != 0:
            pytest.skip("only root can give a directory away")
        taken.mkdir()
        os.chown(taken, 1, 1)
    with pytest.raises(Failure, match="belongs to somebody else"):
        storage.owned_dir(taken, 0o700)


def test_a_wide_open_directory_of_ones_own_is_closed(place: Path) -> None:
    mine = place / "mine"
    mine.mkdir()
    mine.chmod(0o777)
    storage.owned_dir(mine, 0o700)
    assert mine.stat().st_mode & 0o777 == 0o700


def test_a_lock_is_waited_for_and_then_given_up(place: Path) -> None:
    with storage.exclusive(place / "lock"):
        with pytest.raises(Failure, match="another command"):
            with storage.exclusive(place / "lock", seconds=0.1):
                pytest.fail("two hold it")
    with storage.exclusive(place / "lock", seconds=0.1):
        pass


def test_the_programs_are_of_the_version_they_say() -> None:
    with throwaway(find_bin()) as cluster:
        number = ask(cluster.url(), "show server_version_num")
        assert int(str(number)) // 10_000 == cluster.major
