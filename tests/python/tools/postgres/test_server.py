"""The private server: from nothing, again, after every kind of death, and explained."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.python.tools import checkouts
from tests.python.tools.checkouts import Checkout, ask, until
from tools.postgres import server
from tools.postgres.cluster import PORT
from tools.postgres.os_user import server_account
from tools.postgres.server import find_bin

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root changes identity")


def test_start_makes_a_database_that_only_the_socket_reaches(
    new_checkout: Checkout,
) -> None:
    url = new_checkout.start()
    assert ask(url, "select current_database()") == "todo"
    assert ask(url, "select current_user") == "postgres"
    assert ask(url, "show listen_addresses") == ""
    assert ask(url, "show server_encoding") == "UTF8"
    assert ask(url, "select lower('ÉÇÀ')") == "éçà"
    assert ask(url, "show timezone") == "UTC"
    socket = new_checkout.home / "socket"
    assert socket.stat().st_mode & 0o777 == 0o700
    assert (socket / f".s.PGSQL.{PORT}").stat().st_mode & 0o777 == 0o700
    assert (new_checkout.home / "data").stat().st_mode & 0o777 == 0o700


def test_everybody_but_the_superuser_shows_a_password(checkout: Checkout) -> None:
    url = checkout.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create role someone login password 'right'")
    someone = url.replace("postgres@", "someone:{}@", 1)
    assert ask(someone.format("right"), "select current_user") == "someone"
    with pytest.raises(
        psycopg.OperationalError, match="password authentication failed"
    ):
        psycopg.connect(someone.format("wrong"))


@as_root
def test_another_account_does_not_reach_the_socket(checkout: Checkout) -> None:
    url = checkout.start()
    command = [str(find_bin() / "psql"), "-d", url, "-c", "select 1"]
    done = subprocess.run(
        command, user=1, group=1, extra_groups=[], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "Permission denied" in done.stderr


def test_a_second_start_changes_nothing(checkout: Checkout) -> None:
    url = checkout.start()
    pid = checkout.pid()
    assert checkout.start() == url
    assert checkout.pid() == pid


def test_status_and_stop_tell_what_there_is(new_checkout: Checkout) -> None:
    assert new_checkout.server("status").returncode == 3
    assert new_checkout.server("stop").returncode == 0
    assert not new_checkout.home.exists()
    url = new_checkout.start()
    pid = new_checkout.pid()
    assert url in new_checkout.server("status").stdout
    assert new_checkout.server("stop").returncode == 0
    until(lambda: ended(pid))
    assert new_checkout.server("status").returncode == 3
    assert new_checkout.start() == url


def test_a_killed_server_comes_back_with_its_data(checkout: Checkout) -> None:
    url = checkout.start()
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 42 as answer")
    pid = checkout.pid()
    os.kill(pid, signal.SIGKILL)
    assert ask(checkout.start(), "select answer from kept") == 42
    assert checkout.pid() != pid


def test_a_reused_process_number_stops_nobody(checkout: Checkout) -> None:
    """PostgreSQL alone takes any live process of its user for the earlier server."""
    checkout.start()
    os.kill(checkout.pid(), signal.SIGKILL)
    identity = server_account().identity()
    with subprocess.Popen(["sleep", "60"], **identity) as stranger:
        file = checkout.home / "data" / "postmaster.pid"
        _, _, rest = file.read_text().partition("\n")
        file.write_text(f"{stranger.pid}\n{rest}")
        try:
            assert ask(checkout.start(), "select 1") == 1
            assert checkout.server("stop").returncode == 0
            assert stranger.poll() is None, "a stranger's process was killed"
        finally:
            stranger.kill()


def test_a_server_started_by_hand_is_left_alone(checkout: Checkout) -> None:
    checkout.start()
    checkout.server("stop")
    account, data = server_account(), checkout.home / "data"
    options = f"-c listen_addresses='' -k {checkout.home / 'socket'}"
    log = checkout.home / "data" / "by-hand.log"
    control = str(find_bin() / "pg_ctl")
    by_hand = account.run(control, "-D", data, "-l", log, "-o", options, "start")
    assert by_hand.returncode == 0, by_hand.stderr
    try:
        done = checkout.server("start")
        assert done.returncode == 1
        assert "started by other means" in done.stderr
        assert f"kill -INT {checkout.pid()}" in done.stderr
    finally:
        account.run(control, "-D", data, "-m", "immediate", "stop")


def test_starts_at_the_same_time_make_one_server(new_checkout: Checkout) -> None:
    starts = [new_checkout.begin_start() for _ in range(4)]
    assert [process.wait(timeout=120) for process in starts] == [0, 0, 0, 0]
    log = (new_checkout.home / "log").read_text()
    assert log.count("database system is ready to accept connections") == 1


def test_an_interrupted_initdb_is_made_anew(new_checkout: Checkout) -> None:
    """The killed run's initdb lives on for a moment; the next run waits for it."""
    with new_checkout.begin_start() as process:
        until(lambda: (new_checkout.home / "data.partial" / "base").exists())
        process.kill()
    assert not (new_checkout.home / "data").exists()
    assert ask(new_checkout.start(), "select count(*) from pg_database") == 4
    assert not (new_checkout.home / "data.partial").exists()


def test_a_full_disk_leaves_nothing_half_made(new_checkout: Checkout) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    done = subprocess.run(
        [sys.executable, "-B", "-m", "tools.postgres", "start"],
        cwd=new_checkout.root,
        env=new_checkout.environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "initdb failed" in done.stderr and "next:" in done.stderr
    assert not (new_checkout.home / "data").exists()
    assert not (new_checkout.home / "data.partial").exists()
    new_checkout.start()


def test_a_place_that_refuses_is_explained(new_checkout: Checkout) -> None:
    new_checkout.home.write_text("not a directory")
    done = new_checkout.server("start")
    assert done.returncode == 1
    assert f"cannot work in {new_checkout.home}" in done.stderr
    assert "Traceback" not in done.stderr
    new_checkout.home.unlink()


def test_a_foreign_directory_is_not_overwritten(new_checkout: Checkout) -> None:
    (new_checkout.home / "data").mkdir(parents=True)
    (new_checkout.home / "data" / "precious").write_text("")
    if os.geteuid() == 0:
        account = server_account()
        os.chown(new_checkout.home / "data", account.uid, account.gid)
    done = new_checkout.server("start")
    assert done.returncode == 1
    assert "is no data directory" in done.stderr
    assert (new_checkout.home / "data" / "precious").exists()
    shutil.rmtree(new_checkout.home)


def test_another_major_is_explained_with_the_ways_out(checkout: Checkout) -> None:
    checkout.start()
    major = (checkout.home / "data" / "PG_VERSION").read_text().strip()
    checkout.server("stop")
    other = "15" if major != "15" else "18"
    done = checkout.server("start", PG_MAJOR=other, PG_BIN="")
    if "was not found" not in done.stderr:
        assert f"made by PostgreSQL {major}" in done.stderr
        assert (
            f"PG_MAJOR={major} .venv/bin/python -m tools.postgres dump" in done.stderr
        )
    assert done.returncode == 1
    url = checkout.start(PG_MAJOR="", PG_BIN="")  # without a choice the data decide
    assert str(ask(url, "show server_version")).startswith(major)


def test_a_refused_setting_shows_the_servers_own_reason(checkout: Checkout) -> None:
    checkout.start()
    checkout.server("stop")
    configuration = checkout.home / "data" / "postgresql.conf"
    original = configuration.read_text()
    configuration.write_text(f"{original}\nmax_connections = many\n")
    done = checkout.server("start")
    assert done.returncode == 1
    assert 'invalid value for parameter "max_connections": "many"' in done.stderr
    configuration.write_text(original)
    checkout.start()


def test_dump_carries_everything(checkout: Checkout) -> None:
    checkout.start()
    done = checkout.server("dump")
    assert done.returncode == 0
    assert "CREATE DATABASE todo" in done.stdout


def test_remove_leaves_no_process_and_no_data(checkout: Checkout) -> None:
    checkout.start()
    pid = checkout.pid()
    assert checkout.server("remove").returncode == 0
    until(lambda: ended(pid))
    assert not (checkout.home / "data").exists()


@pytest.mark.parametrize(
    "name",
    ["a b", "comma,quote'\"", "ünï", "l" * 100],
    ids=["blank", "comma", "unicode", "long"],
)
def test_any_name_of_a_checkout_serves(place: Path, name: str) -> None:
    url = checkouts.make(place / name).start()
    assert ask(url, "select current_database()") == "todo"
    directory = str(ask(url, "show unix_socket_directories"))
    assert len(os.fsencode(f"{directory}/.s.PGSQL.{PORT}.lock")) <= 107


@as_root
def test_a_closed_checkout_of_root_is_served_from_elsewhere(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    checkout = checkouts.make(closed / "todo")
    assert ask(checkout.start(), "select 1") == 1
    elsewhere = Path((checkout.home / "elsewhere").read_text().strip())
    assert elsewhere.is_relative_to("/var/lib/todo-db")
    assert (elsewhere / "data" / "PG_VERSION").exists()
    assert closed.stat().st_mode & 0o777 == 0o700, "its permissions were widened"

    copy = closed / "copy"
    shutil.copytree(checkout.root, copy)
    assert Checkout(copy).server("status").returncode == 3, "a copy shares the data"

    shutil.rmtree(copy)
    moved = Checkout(checkout.root.rename(closed / "moved"))
    assert moved.server("status").returncode == 0, "a moved checkout lost its data"
    assert moved.server("remove").returncode == 0
    assert not elsewhere.exists()


def test_database_url_outranks_the_private_server(
    monkeypatch: pytest.MonkeyPatch, new_checkout: Checkout
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@example.org/theirs")
    assert server.admin_url() == "postgresql://someone@example.org/theirs"
    done = new_checkout.server("url", DATABASE_URL="postgresql://x@example.org/y")
    assert done.stdout == "postgresql://x@example.org/y\n"
    assert not new_checkout.home.exists()


def test_an_unknown_command_names_the_known_ones(new_checkout: Checkout) -> None:
    done = new_checkout.server("begin")
    assert done.returncode == 2
    assert "start | stop | status" in done.stderr


def ended(pid: int) -> bool:
    """Tell whether process *pid* is gone, or waits only for its parent to notice."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        )
    except FileNotFoundError:
        return True
