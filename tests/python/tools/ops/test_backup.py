"""Backups are taken, damaged in every way that can be named, and restored.

The short form of the drills of `make drills`, on the newest server.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.ops.served import (
    MAJORS,
    SETTINGS,
    damaged,
    gone,
    need,
    served,
)
from tools.console import Failure
from tools.ops.backup import archiving, check, drill, marks, proof, restore, state, take
from tools.ops.backup.place import Place, of_cluster
from tools.ops.backup.repository import Repository
from tools.postgres.binaries import find_bin
from tools.postgres.storage import give_to_owner_of
from tools.postgres.throwaway import throwaway


@pytest.fixture(scope="module", params=MAJORS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A server with a full backup and an incremental one; tests leave both whole."""
    need("pgbackrest")
    with served(request.param) as made:
        assert take.take(made).kind == "full"
        with made.connect() as connection:
            connection.execute("create table public.work (id integer, at timestamptz)")
            archiving.switch(connection)
            archiving.switch(connection)
        assert take.take(made).kind == "incr"
        yield made


@pytest.fixture(scope="module")
def scratch(place: Place) -> Iterator[Path]:
    """Where servers are restored into."""
    with drill.scratch(place) as made:
        yield made


def stops(place: Place) -> set[tuple[str, str]]:
    """What `make backup-check` says would stop a restore: key and object."""
    return {(f.key, f.object) for f in check.check(place) if f.severity == "stop"}


def keys(place: Place) -> set[str]:
    """The rules that say something."""
    return {fault.key for fault in check.check(place)}


def write_until_dropped(place: Place) -> tuple[datetime, dict[int, datetime]]:
    """Commit rows for two seconds, then drop the table.

    Gives the moment of the drop, and for each row a moment by which it was committed.
    """
    committed = {}
    with place.connect() as connection:
        connection.execute("truncate public.work")
        end = time.monotonic() + 2
        number = 0
        while time.monotonic() < end:
            number += 1
            connection.execute(
                "insert into public.work values (%s, clock_timestamp())", [number]
            )
            row = connection.execute("select clock_timestamp()").fetchone()
            assert row is not None
            committed[number] = row[0]
        connection.execute("drop table public.work")
        row = connection.execute("select clock_timestamp()").fetchone()
        assert row is not None
        archiving.switch(connection)
    return row[0], committed


def test_a_second_before_the_table_was_dropped(place: Place, scratch: Path) -> None:
    """None of what was committed by then is lost, and nothing later is there."""
    dropped_at, committed = write_until_dropped(place)
    moment = dropped_at - timedelta(seconds=1)
    server = restore.restore(place, restore.parse(moment.isoformat()), scratch / "time")
    try:
        with psycopg.connect(server.url("todo")) as connection:
            found = connection.execute("select id, at from public.work").fetchall()
    finally:
        restore.discard(server)
    there = {row[0] for row in found}
    wanted = {number for number, at in committed.items() if at <= moment}
    assert len(wanted) > 50 and not wanted - there
    # A row's own clock is read before it is committed, so it cannot be later.
    assert all(at <= moment for _, at in found)
    assert len(there) < len(committed)
    with place.connect() as connection:
        connection.execute("create table public.work (id integer, at timestamptz)")


@pytest.mark.drill
def test_a_moment_that_has_a_name(place: Place, scratch: Path) -> None:
    with place.connect() as connection:
        connection.execute("create table public.named as select 1 as id")
    marks.mark(place, "before_the_drop")
    with place.connect() as connection:
        connection.execute("drop table public.named")
    target = restore.parse("before_the_drop")
    server = restore.restore(place, target, scratch / "name")
    try:
        with psycopg.connect(server.url("todo")) as connection:
            found = connection.execute("select count(*) from public.named").fetchone()
            archives = connection.execute("show archive_mode").fetchone()
    finally:
        restore.discard(server)
    assert found == (1,)
    assert archives == ("off",)  # two servers must not write one archive


def test_nothing_wrong_is_nothing_found(place: Place) -> None:
    assert stops(place) == set()
    told = state.read(place.state, "check")
    assert told["ok"] and told["succeeded_at"] == told["at"]


def test_a_corrupt_file_is_found_and_the_child_of_what_holds_it(place: Place) -> None:
    """PgBackRest calls the incremental valid, although its full backup is not."""
    full, child = Repository(place).backups()[:2]
    bundle = place.repository / f"backup/todo/{full.label}/bundle/1"
    with damaged(bundle):
        said = Repository(place).run("verify", "--output=text", "--verbose")
        assert f"backup: {child.label}, status: valid" in said
        assert stops(place) == {("backup", full.label), ("parent", child.label)}
        assert not state.read(place.state, "check")["ok"]
    assert stops(place) == set()


def test_a_missing_segment_is_found_that_verify_does_not_miss(place: Place) -> None:
    first, second = Repository(place).backups()[:2]
    own = segment(place, second.start)
    between = segment(place, next_to(first.stop))
    assert len({own, between}) == 2
    with gone(own):
        said = Repository(place).run("verify", "--output=text", "--verbose")
        assert "status: ok" in said and "missing: 0" in said
        assert stops(place) == {("segment-missing", second.label)}
    with gone(between):
        assert stops(place) == {("segment-missing", first.label)}
    assert stops(place) == set()


@pytest.mark.drill
def test_the_newest_segment_is_missed_too(place: Place) -> None:
    with place.connect() as connection:
        connection.execute("insert into public.work values (0, now())")
        newest = archiving.switch(connection)
    with gone(segment(place, newest)):
        assert stops(place) == {("segment-missing", newest)}


def test_a_damaged_segment_is_found(place: Place) -> None:
    with damaged(segment(place, Repository(place).backups()[0].stop)):
        assert {key for key, _ in stops(place)} == {"segment-damaged"}


@pytest.mark.drill
def test_a_server_that_stops_archiving_is_found(place: Place) -> None:
    with place.connect() as connection:
        row = connection.execute("show archive_command").fetchone()
        assert row is not None
        connection.execute("alter system set archive_command = 'true'")
        connection.execute("select pg_reload_conf()")
        try:
            wait_for(place, "true")
            assert stops(place) == {("not-archiving", "archive_command")}
        finally:
            connection.execute(
                f"alter system set archive_command = '{row[0]}'".encode()
            )
            connection.execute("select pg_reload_conf()")
            wait_for(place, row[0])


def test_others_must_not_read_the_passphrase(place: Place) -> None:
    place.config.chmod(0o644)
    try:
        assert ("passphrase", str(place.config)) in stops(place)
    finally:
        place.config.chmod(0o600)
    assert place.home.stat().st_mode & 0o777 == 0o711
    assert place.repository.stat().st_mode & 0o777 == 0o700


@pytest.mark.drill
def test_old_backups_and_old_drills_are_found(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 10 * check.DAY)
    assert {"old", "old-full", "drill"} <= keys(place)


def test_the_drill_restores_and_asks_everything(place: Place) -> None:
    result = drill.drill(place)
    assert result.ok, result.checks
    assert {one.name for one in result.checks} == {
        *("rows", "amcheck", "constraints", "counts", "posture", "log-in"),
    }
    told = state.read(place.state, "drill")
    assert told["ok"] and told["backup"] == result.backup and told["restored"] > 0
    assert len(list((place.state / "drill").iterdir())) == 1
    with place.connect() as connection:  # what the drill does, it does to the copy
        found = connection.execute(
            "select count(*) from app_data.users where email like 'restored@%'"
        ).fetchone()
    assert found == (0,)
    assert not list(place.home.glob("drill-*/server"))


FAULTS = {
    "amcheck": "create function public.f(integer) returns integer immutable"
    " language sql as 'select $1'; create table public.x as"
    " select generate_series(1, 9) as i;"
    " create index on public.x (public.f(i)); create or replace function"
    " public.f(integer) returns integer immutable language sql as 'select -$1'",
    "constraints": "set session_replication_role = replica;"
    " delete from app_data.projects",
    "counts": "set session_replication_role = replica;"
    " update app_data.task_counts set todo = todo + 1",
    "posture": "grant select on app_data.users to public",
    "log-in": "alter table app_data.tasks rename column title to heading",
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_question_can_be_answered_with_no(place: Place, name: str) -> None:
    """A fault put into a copy is found by the check of that name."""
    cluster = place.cluster
    assert cluster is not None
    database = f"fault_{name.replace('-', '_')}"
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute(f"create database {database} template todo".encode())
        try:
            with psycopg.connect(cluster.url(database), autocommit=True) as copy:
                copy.execute("set row_security = off")
                copy.execute(FAULTS[name].encode())
            check_ = proof.ask(name, cluster, database)
            assert not check_.ok, check_
        finally:
            connection.execute(f"drop database {database} with (force)".encode())


@pytest.mark.drill
def test_a_moment_that_the_archive_does_not_reach(place: Place, scratch: Path) -> None:
    later = datetime.now().astimezone() + timedelta(days=1)
    with pytest.raises(Failure, match="the archive ends before that moment"):
        restore.restore(place, restore.parse(later.isoformat()), scratch / "later")


@pytest.mark.parametrize(
    "text", ["2026-03-29 14:05:00", "yesterday at noon", "", "9lives", "-x"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Failure) as caught:
        restore.parse(text)
    assert caught.value.status == 2


def test_nothing_is_restored_over_something(place: Place, scratch: Path) -> None:
    full = scratch / "full"
    full.mkdir()
    (full / "precious").touch()
    with pytest.raises(Failure, match="is not empty"):
        restore.restore(place, restore.parse("latest"), full)


@pytest.mark.drill
def test_backups_of_another_server_are_not_mixed_in(place: Place) -> None:
    assert place.cluster is not None
    major = 18 if place.cluster.major == 15 else 15
    with throwaway(find_bin(major), SETTINGS) as cluster:
        other = of_cluster(cluster, cluster.url())
        mixed = dataclasses.replace(other, home=place.home)
        text = place.config.read_text()
        try:
            place.config.write_text(
                text.replace(str(place.data), str(other.data)).replace(
                    str(place.socket), str(other.socket)
                )
            )
            with pytest.raises(Failure, match="of another server"):
                take.take(mixed)
        finally:
            place.config.write_text(text)
    told = json.loads((place.state / "backup.json").read_text())
    assert not told["ok"] and told["succeeded_at"] < told["at"]


@pytest.mark.drill
def test_wal_that_nothing_expires_is_found_and_a_full_backup_ends_it(
    place: Place,
) -> None:
    """A few segments before the first backup are usual; they must not become more."""
    oldest = Repository(place).backups()[0].start
    older = [name for name in segments(place) if name.name[:24] < oldest]
    assert 0 < len(older) <= 8 and "unexpired" not in keys(place)
    for number in range(9):
        copy = older[0].with_name(f"{number:024X}{older[0].name[24:]}")
        shutil.copy2(older[0], copy)
        give_to_owner_of(older[0], copy)
    assert "unexpired" in keys(place) and stops(place) == set()
    take.take(place, "full")
    assert "unexpired" not in keys(place)


def test_the_server_goes_on_from_a_moment(place: Place) -> None:
    """The last test: the new timeline is archived, backed up and checked as well."""
    with place.connect() as connection:
        connection.execute("create table public.kept as select 1 as id")
    marks.mark(place, "before_the_mistake")
    with place.connect() as connection:
        connection.execute("drop table public.kept")
        archiving.switch(connection)
    aside = restore.replace(place, restore.parse("before_the_mistake"))
    assert (aside / "PG_VERSION").exists()
    with place.connect() as connection:
        found = connection.execute("select count(*) from public.kept").fetchone()
        assert found == (1,)
        segment_name = archiving.switch(connection)
    assert int(segment_name[:8], 16) == 2
    assert stops(place) == set()
    with gone(segment(place, segment_name)):
        assert {key for key, _ in stops(place)} == {"segment-missing"}
    assert take.take(place).kind == "incr"
    assert stops(place) == set()


def segments(place: Place) -> list[Path]:
    """The archive's files of WAL, the oldest first."""
    return sorted(place.repository.glob("archive/todo/*/*/*-*"))


def segment(place: Place, name: str) -> Path:
    """The archive's file of one segment."""
    return next(file for file in segments(place) if file.name.startswith(name))


def next_to(name: str) -> str:
    """The segment after one, of 1 MB."""
    return f"{name[:8]}{int(name[8:], 16) + 1:016X}"


def wait_for(place: Place, command: str) -> None:
    """Wait until a new session sees the setting."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with place.connect() as connection:
            if connection.execute("show archive_command").fetchone() == (command,):
                return
        time.sleep(0.05)
    raise AssertionError(f"archive_command is not {command}")
