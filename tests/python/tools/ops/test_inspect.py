"""`make inspect` finds what is put in, and what other inspectors find."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.python.tools.ops.served import ALL, MAJORS, filled
from tools import node
from tools.ops.inspect import __main__ as command
from tools.ops.inspect import bloat, checks
from tools.ops.inspect.checks import Answer
from tools.postgres.binaries import find_bin
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway
from tools.project import ROOT

SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "max_prepared_transactions": "4",
    "wal_level": "replica",
    "max_wal_senders": "2",
    "autovacuum": "off",
}
# Each statement makes what the check of that name must find, with the object's name.
FAULTS = {
    "duplicate_indexes": (
        "create table public.twice (a integer, b integer);"
        " create index twice_1 on public.twice (a);"
        " create index twice_2 on public.twice (a)",
        "public.twice_2",
    ),
    "foreign_keys_without_index": (
        "create table public.parent (id integer primary key);"
        " create table public.child (id integer primary key,"
        " parent_id integer constraint child_parent_fkey references public.parent)",
        "public.child.child_parent_fkey",
    ),
    "invalid_indexes": (
        "create table public.half (a integer); create index half_a on public.half (a);"
        " update pg_index set indisvalid = false"
        " where indexrelid = 'public.half_a'::regclass",
        "public.half_a",
    ),
    "sequences": (
        "create table public.narrow (id smallint generated always as identity);"
        " select setval('public.narrow_id_seq', 31000)",
        "public.narrow_id_seq",
    ),
    "tables_without_key": ("create table public.keyless (a integer)", "public.keyless"),
    "not_validated": (
        "create table public.loose (a integer);"
        " alter table public.loose add constraint positive check (a > 0) not valid",
        "public.loose.positive",
    ),
    "vacuum": (
        "create table public.still (a integer) with (autovacuum_enabled = off)",
        "public.still",
    ),
    "roles": ("create role bypasser login bypassrls", "bypasser"),
    "replication_slots": (
        "select pg_create_physical_replication_slot('nobody', true)",
        "nobody",
    ),
    "stale_statistics": (
        "create table public.changed as select generate_series(1, 2000) as a",
        "public.changed",
    ),
    "table_bloat": (
        "create table public.holes as select g as a, repeat('x', 900) as b"
        " from generate_series(1, 12000) as g;"
        " delete from public.holes where a % 3 > 0",
        "public.holes",
    ),
    "index_bloat": (
        "create table public.spread (a text);"
        " create index spread_a on public.spread (a);"
        " insert into public.spread select md5(g::text) || md5((g + 1)::text)"
        " from generate_series(1, 90000) as g;"
        " delete from public.spread where a > '4'; vacuum public.spread",
        "public.spread_a",
    ),
    "settings": ("alter system set track_io_timing = off", "track_io_timing"),
}


@pytest.fixture(scope="module", params=MAJORS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A server of this module's own, whose statements are counted."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tcp = {"listen_addresses": "127.0.0.1", "port": str(port)} if ALL else {}
    with throwaway(find_bin(request.param), {**SETTINGS, **tcp}) as server:
        yield server


@pytest.fixture(scope="module")
def sick(cluster: Cluster) -> str:
    """The address of a database with every fault in it."""
    url = filled(cluster).url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create extension pg_stat_statements")
        connection.execute("set allow_system_table_mods = on")
        for statements, _ in FAULTS.values():
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(statement.encode())
        connection.execute("select pg_stat_force_next_flush()")
    return url


@pytest.fixture(scope="module")
def answers(sick: str) -> dict[str, Answer]:
    """What is said of it."""
    _, found = command.look(sick)
    return {one.key: one for one in found}


def objects(answer: Answer, *verdicts: str) -> set[str]:
    """The names of the rows with one of the verdicts."""
    return {row["object"] for row in answer.rows if row["verdict"] in verdicts}


@pytest.mark.parametrize("key", FAULTS)
def test_a_fault_is_found_with_what_mends_it(
    answers: dict[str, Answer], key: str
) -> None:
    wanted = FAULTS[key][1]
    assert wanted in objects(answers[key], "look", "act"), answers[key].rows
    row = next(row for row in answers[key].rows if row["object"] == wanted)
    assert row["mend"] and row["says"]


def test_what_mends_it_does(sick: str, answers: dict[str, Answer]) -> None:
    """The statements are run as they are printed, and the faults are gone."""
    keys = [
        *("duplicate_indexes", "foreign_keys_without_index", "invalid_indexes"),
        *("not_validated", "roles", "replication_slots", "stale_statistics"),
        *("sequences", "vacuum", "table_bloat", "index_bloat"),
    ]
    with psycopg.connect(sick, autocommit=True) as connection:
        for key in keys:
            for row in answers[key].rows:
                if row["object"] == FAULTS[key][1]:
                    for statement in row["mend"].split("; "):
                        if not statement.startswith("--"):
                            connection.execute(statement.rstrip(";").encode())
        connection.execute("select pg_stat_force_next_flush()")
    _, found = command.look(sick)
    after = {one.key: one for one in found}
    for key in keys:
        assert FAULTS[key][1] not in objects(after[key], "look", "act"), key


def test_no_check_is_refused_to_a_superuser(answers: dict[str, Answer]) -> None:
    assert len(answers) >= 40
    assert not {one.key: one.skipped for one in answers.values() if one.skipped}
    for answer in answers.values():
        for row in answer.rows:
            assert row["verdict"] in checks.VERDICTS and row["object"], row
            assert row["verdict"] == "ok" or row["mend"], row


def test_who_waits_for_whom(cluster: Cluster, sick: str) -> None:
    """A chain of three: the one who waits last is led to the head of the chain."""
    chain = [psycopg.connect(sick) for _ in range(3)]
    pids = [connection.info.backend_pid for connection in chain]
    waiting = [
        threading.Thread(target=waits, args=(chain[1], "access exclusive")),
        threading.Thread(target=waits, args=(chain[2], "access share")),
    ]
    try:
        chain[0].execute("lock table public.keyless in share mode")
        for number, thread in enumerate(waiting, start=1):
            thread.start()
            until_it_waits(cluster, pids[number])
        _, found = command.look(sick)
    finally:
        chain[0].close()
        for thread in waiting:
            thread.join()
        for connection in chain:
            connection.close()
    # What a lock keeps from being looked at hides nothing else.
    assert all("lock timeout" in one.skipped for one in found if one.skipped)
    rows = {
        row["object"]: row for one in found if one.key == "blocking" for row in one.rows
    }
    assert rows[str(pids[1])]["mend"] == f"select pg_terminate_backend({pids[0]});"
    last = rows[str(pids[2])]
    assert last["chain"] == " waits for ".join(map(str, reversed(pids)))
    assert last["mend"] == f"select pg_terminate_backend({pids[0]});"


def waits(connection: psycopg.Connection[Any], mode: str) -> None:
    """Take a lock, and let go of it."""
    connection.execute(f"lock table public.keyless in {mode} mode".encode())
    connection.rollback()


def until_it_waits(cluster: Cluster, pid: int) -> None:
    """Return when a session waits for a lock."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        while connection.execute(
            "select wait_event_type from pg_stat_activity where pid = %s", [pid]
        ).fetchone() != ("Lock",):
            time.sleep(0.02)


def test_bloat_is_what_pgstattuple_says(sick: str) -> None:
    """Without the extension, of tables whose statistics are turned off."""
    with psycopg.connect(sick, autocommit=True) as connection:
        connection.execute("create extension if not exists pgstattuple schema public")
        for share in (0, 30, 70):
            name = f"public.b{share}"
            for statement in (
                f"create table {name} as select g as a, clock_timestamp() as at,"
                " repeat(md5(g::text), 1 + g % 9) as words"
                " from generate_series(1, 20000) as g",
                f"alter table {name} alter words set statistics 0",
                f"create index b{share}_a on {name} (words)",
                f"delete from {name} where hashint4(a) & 127 < {share * 1.28}",
                f"vacuum (analyze) {name}",
            ):
                connection.execute(statement.encode())
        connection.execute("set search_path = pg_catalog")
        asked = {
            row["object"]: row for rows in bloat.measure(connection) for row in rows
        }
        found = bloat.measure(connection, extension=False)
        sampled = {row["object"]: row for rows in found for row in rows}
    for share in (0, 30, 70):
        one, other = asked[f"public.b{share}"], sampled[f"public.b{share}"]
        assert (one["method"], other["method"]) == ("pgstattuple", "sample")
        assert abs(one["percent"] - other["percent"]) < 6, (one, other)
        one, other = asked[f"public.b{share}_a"], sampled[f"public.b{share}_a"]
        assert abs(one["percent"] - other["percent"]) < 12, (one, other)
    assert asked["public.b70"]["percent"] > 60 > asked["public.b30"]["percent"]


def test_a_login_that_may_see_nothing_is_told_so(sick: str) -> None:
    """It is answered what it may be told; a hidden row is never counted as bloat."""
    with psycopg.connect(sick, autocommit=True) as connection:
        connection.execute(
            "create role watcher login password 'only-for-tests';"
            " grant connect on database todo to watcher; grant pg_monitor to watcher"
        )
    _, found = command.look(sick.replace("postgres@", "watcher:only-for-tests@"))
    told = {one.key: one for one in found}
    methods = {row["method"] for row in told["table_bloat"].rows}
    assert methods == {"none"}
    assert "twice_2" not in str(told["table_bloat"].rows)
    assert {"settings", "roles", "vacuum", "connections"} <= {
        key for key, one in told.items() if one.rows
    }


def test_the_command_prints_a_table_json_and_a_page(
    sick: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", sick)
    assert command.main(["--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert len(told["checks"]) >= 40
    page = tmp_path / "inspect.html"
    assert command.main(["--html", str(page)]) == 1
    text = page.read_text("utf-8")
    assert text.count("<h2") == len(told["checks"])
    assert "alter system set fsync = &#39;on&#39;;" in text
    assert command.main(["collations"]) == 0


@pytest.mark.drill
def test_nothing_that_other_inspectors_find_is_missing(
    cluster: Cluster, sick: str
) -> None:
    """Supabase's and Neon's, on the same database."""
    programs = node.modules("inspectors", ROOT / "tools/ops/assets/javascript")
    with psycopg.connect(sick, autocommit=True) as connection:
        connection.execute("create role dba superuser login password 'only-for-tests'")
        connection.execute(
            "create table public.worn as select g as a, repeat('x', 900) as b"
            " from generate_series(1, 9000) as g"
        )
        connection.execute("delete from public.worn where a % 3 > 0")
        connection.execute("vacuum (analyze) public.worn")
        with (cluster.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all dba 127.0.0.1/32 scram-sha-256\n")
        connection.execute("select pg_reload_conf()")
    port = cluster.settings["port"]
    url = f"postgresql://dba:only-for-tests@127.0.0.1:{port}/todo?sslmode=disable"
    theirs = {
        **supabase(programs / "@supabase/cli-linux-x64/bin/supabase", url),
        **neon(programs / ".bin/neonctl", url),
    }
    _, found = command.look(sick)
    ours = {one.key: {str(row["object"]) for row in one.rows} for one in found}
    tables = ours["table_sizes"]
    for name, there in theirs.items():
        assert there, f"{name} says nothing"
    assert theirs["supabase index-stats"] <= ours["indexes"]
    assert theirs["supabase table-stats"] <= tables
    assert theirs["supabase vacuum-stats"] <= ours["vacuum"]
    assert theirs["supabase role-stats"] <= ours["roles"] | {
        name for name in theirs["supabase role-stats"] if name.startswith("pg_")
    }
    bloated = ours["table_bloat"] | ours["index_bloat"]
    assert "public.worn" in theirs["supabase bloat"] & bloated
    assert theirs["neon table-sizes"] <= tables
    assert theirs["neon index-sizes"] <= ours["indexes"]
    assert theirs["neon seq-scans"] <= ours["sequential_scans"]
    assert theirs["neon unused-indexes"] <= ours["unused_indexes"] | {
        name for name in theirs["neon unused-indexes"] if name in ours["indexes"]
    }


def supabase(program: Path, url: str) -> dict[str, set[str]]:
    """The first column of each of its tables."""
    found = {}
    for name in ("index-stats", "table-stats", "vacuum-stats", "role-stats", "bloat"):
        said = run(program, "inspect", "db", name, "--db-url", url)
        rows = [line.split("|") for line in said.splitlines() if line.count("|") > 1]
        column = 1 if name == "bloat" else 0
        found[f"supabase {name}"] = {row[column].strip() for row in rows[2:]}
    return found


def neon(program: Path, url: str) -> dict[str, set[str]]:
    """The objects of each of its lists."""
    found = {}
    for name in ("table-sizes", "index-sizes", "seq-scans", "unused-indexes"):
        said = run(
            *(program, "inspect", "db", name, "--db-url", url),
            *("--output", "json", "--no-analytics"),
        )
        found[f"neon {name}"] = {
            f"{row['table'].partition('.')[0]}.{row['index']}"
            if "index" in row
            else f"{row['schema']}.{row['name']}"
            for row in json.loads(said)
            if row.get("count") != "0"  # a table that was never read so
        }
    return found


def run(program: Path, *words: str) -> str:
    """Run one of the other programs, with a home of its own, and give its output."""
    with tempfile.TemporaryDirectory() as home:
        kept = {"PATH": os.environ["PATH"], "HOME": home, "NEON_API_KEY": "none"}
        done = subprocess.run(
            [program, *words], cwd=home, capture_output=True, text=True, check=False,
            env={**kept, "DO_NOT_TRACK": "1", "SUPABASE_TELEMETRY_DISABLED": "1"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
