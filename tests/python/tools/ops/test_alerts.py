"""Every alert that a test can bring about fires on a real server, and ends.

The long form, for `make drills`: a real Prometheus scrapes the real exporter each
two seconds, with the times and sizes of the alerts made smaller (watched.py).
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest

from tests.python.tools.ops.served import MAJORS, filled, need
from tests.python.tools.ops.watched import Prometheus, Watch, prometheus, serving
from tools.ops.backup import archiving, check, state, take
from tools.ops.backup.place import Place
from tools.ops.monitor import dashboards, login
from tools.ops.monitor.exporter import Exporter
from tools.postgres.binaries import find_bin
from tools.postgres.storage import scratch_dir
from tools.postgres.throwaway import throwaway

pytestmark = pytest.mark.drill
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "archive_mode": "on",
    "max_prepared_transactions": "2",
    "max_connections": "40",
    "deadlock_timeout": "200ms",
}
# Seconds: of these machines, which do other things besides.
FIRES, ENDS = 90.0, 120.0
Cause = Callable[[Place], Iterator[None]]


@pytest.fixture(scope="module", params=MAJORS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A server in good order, with a backup that was checked."""
    need("pgbackrest", "prometheus")
    with throwaway(find_bin(request.param), SETTINGS) as cluster:
        made = filled(cluster)
        # What the command line outranks would wait for a restart for ever.
        file = cluster.data / "postgresql.conf"
        outranked = "^(max_connections|dynamic_shared_memory_type)"
        file.write_text(re.sub(outranked, r"#\1", file.read_text(), flags=re.M))
        take.take(made)
        check.check(made)
        for task in ("drill", "dump"):
            state.write(made.state, task, {"ok": True, "restored": 2.0})
        with made.connect() as connection:
            connection.execute("create extension if not exists pgstattuple")
            connection.execute("drop extension pgstattuple")
        yield made


@pytest.fixture(scope="module")
def watch(place: Place) -> Iterator[Watch]:
    """The exporter, which looks at the posture each eight seconds."""
    exporter = Exporter(login.give(place.url), [place.state], rules_every=8)
    with serving(exporter) as made:
        yield made


@pytest.fixture(scope="module")
def live(watch: Watch) -> Iterator[Prometheus]:
    """Prometheus."""
    home = scratch_dir()
    try:
        with prometheus(home, ("todo", watch.port)) as made:
            yield made
    finally:
        shutil.rmtree(home)


def run(place: Place, *statements: str) -> None:
    """Execute statements, each in a transaction of its own."""
    with place.connect() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def between(begin: list[str], end: list[str]) -> Cause:
    """A cause that statements bring about and others end."""

    def cause(place: Place) -> Iterator[None]:
        run(place, *begin)
        yield
        run(place, *end)

    return cause


def waiting(place: Place) -> Iterator[None]:
    """A session that waits for another, which is idle in a transaction."""
    with psycopg.connect(place.url) as first, psycopg.connect(place.url) as second:
        first.execute("lock table public.locked in access exclusive mode")
        thread = threading.Thread(
            target=lambda: second.execute("select * from public.locked")
        )
        thread.start()
        yield
        first.rollback()
        thread.join()


def held_back(place: Place) -> Iterator[None]:
    """An old snapshot, while three thousand transactions are spent."""
    with psycopg.connect(place.url) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("select pg_current_xact_id()")
        with place.connect() as connection:
            connection.execute(
                "do $$ begin for i in 1..3000 loop"
                " perform pg_current_xact_id(); commit; end loop; end $$"
            )
        yield


def deadlocked(place: Place) -> Iterator[None]:
    """Transactions that take two rows in different order, again and again."""

    def one(connection: psycopg.Connection, order: str) -> None:
        with suppress(psycopg.errors.DeadlockDetected):
            for number in order:
                connection.execute(f"select pg_advisory_xact_lock({number})".encode())
                time.sleep(0.2)
        connection.rollback()

    def both() -> None:
        with psycopg.connect(place.url) as a, psycopg.connect(place.url) as b:
            other = threading.Thread(target=one, args=(a, "12"))
            other.start()
            one(b, "21")
            other.join()

    yield from repeated(both)


def rolled_back(place: Place) -> Iterator[None]:
    """Many transactions that come to nothing."""

    def some() -> None:
        with psycopg.connect(place.url) as connection:
            for _ in range(100):
                connection.execute("select 1")
                connection.rollback()

    yield from repeated(some)


def spilling(place: Place) -> Iterator[None]:
    """Sorts that do not fit into their memory."""

    def sort() -> None:
        run(
            place,
            "set work_mem = '64kB'",
            "select count(*) from (select g from generate_series(1, 200000) as g"
            " order by md5(g::text)) as sorted",
        )

    yield from repeated(sort)


def hasty(place: Place) -> Iterator[None]:
    """Checkpoints on request."""
    yield from repeated(
        lambda: run(place, "insert into public.busy values (1)", "checkpoint")
    )


def repeated(act: Callable[[], None]) -> Iterator[None]:
    """Do something again and again until the cause ends."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            act()
            stop.wait(0.3)

    thread = threading.Thread(target=loop)
    thread.start()
    yield
    stop.set()
    thread.join()


def sleeping(place: Place) -> Iterator[None]:
    """A statement that runs for long."""
    with psycopg.connect(place.url) as connection:
        pid = connection.info.backend_pid

        def sleep() -> None:
            with suppress(psycopg.errors.QueryCanceled):
                connection.execute("select pg_sleep(600)")

        thread = threading.Thread(target=sleep)
        thread.start()
        yield
        run(place, f"select pg_cancel_backend({pid})")
        thread.join()
        connection.rollback()


def crowded(place: Place) -> Iterator[None]:
    """Nearly as many sessions as there may be, of a role that may have few."""
    run(place, "create role crowd login superuser connection limit 36")
    url = place.url.replace("postgres@", "crowd:x@")
    run(place, "alter role crowd password 'x'")
    with ExitStack() as stack:
        for _ in range(33):
            stack.enter_context(psycopg.connect(url))
        yield
    run(place, "drop role crowd")


def not_archived(place: Place) -> Iterator[None]:
    """An archive that takes nothing."""
    with place.connect() as connection:
        row = connection.execute("show archive_command").fetchone()
        assert row is not None
        connection.execute("alter system set archive_command = 'false'")
        connection.execute("select pg_reload_conf()")
        for _ in range(4):
            connection.execute("insert into public.busy values (1)")
            connection.execute("select pg_switch_wal()")
        yield
        restored = f"alter system set archive_command = '{row[0]}'"
        connection.execute(restored.encode())
        connection.execute("select pg_reload_conf()")
        archiving.switch(connection)


def told(task: str, **result: object) -> Cause:
    """A result that is written down as the commands do."""

    def cause(place: Place) -> Iterator[None]:
        file = place.state / f"{task}.json"
        before = file.read_text()
        state.write(place.state, task, {"ok": False, **result})
        yield
        file.write_text(before)

    return cause


def old(task: str, seconds: float) -> Cause:
    """A success that was long ago."""

    def cause(place: Place) -> Iterator[None]:
        file = place.state / f"{task}.json"
        before = file.read_text()
        now = f'"succeeded_at": {state.read(place.state, task)["succeeded_at"]}'
        then = f'"succeeded_at": {time.time() - seconds}'
        assert now in before
        file.write_text(before.replace(now, then))
        yield
        file.write_text(before)

    return cause


def no_backup(place: Place) -> Iterator[None]:
    """A directory without the result of a backup."""
    file = place.state / "backup.json"
    aside = file.rename(file.with_suffix(".aside"))
    yield
    aside.rename(file)


TOGETHER: list[tuple[set[str], Cause]] = [
    ({"SessionsBlocked", "IdleInTransaction", "TransactionTooLong"}, waiting),
    ({"VacuumHeldBack"}, held_back),
    ({"StatementTooLong"}, sleeping),
    ({"Deadlocks"}, deadlocked),
    ({"RollbacksMany"}, rolled_back),
    ({"TemporaryFilesLarge"}, spilling),
    ({"CheckpointsTooOften"}, hasty),
    ({"ArchiveFailing", "ArchiveLag", "WalWaiting"}, not_archived),
    (
        {"PreparedTransactionLeft"},
        between(
            ["begin; create table public.p (a integer); prepare transaction 'left'"],
            ["rollback prepared 'left'"],
        ),
    ),
    (
        {"DeadRowsMany", "AutovacuumOffForTable"},
        between(
            [
                "create table public.dead with (autovacuum_enabled = off) as"
                " select generate_series(1, 30000) as a",
                "delete from public.dead where a > 9000",
                "analyze public.dead",
            ],
            [
                "alter table public.dead reset (autovacuum_enabled)",
                "vacuum public.dead",
                "drop table public.dead",
            ],
        ),
    ),
    (
        {"IndexInvalid"},
        between(
            [
                "create table public.half (a integer)",
                "create index half_a on public.half (a)",
                "update pg_index set indisvalid = false"
                " where indexrelid = 'public.half_a'::regclass",
            ],
            ["drop table public.half"],
        ),
    ),
    (
        {"SlotInactive", "SlotRetainsWal"},
        between(
            [
                "select pg_create_physical_replication_slot('nobody', true)",
                "create table public.wal as select repeat('x', 500) from"
                " generate_series(1, 4000)",
            ],
            ["select pg_drop_replication_slot('nobody')"],
        ),
    ),
    (
        {"SettingUnsafe"},
        between(
            ["alter system set zero_damaged_pages = on", "select pg_reload_conf()"],
            ["alter system reset zero_damaged_pages", "select pg_reload_conf()"],
        ),
    ),
    (
        {"RestartPending"},
        between(
            [
                "alter system set max_locks_per_transaction = 70",
                "select pg_reload_conf()",
            ],
            [
                "alter system set max_locks_per_transaction = 64",
                "select pg_reload_conf()",
            ],
        ),
    ),
    (
        {"TableWithoutRls", "PostureBroken"},
        between(
            ["alter table app_data.tags no force row level security"],
            ["alter table app_data.tags force row level security"],
        ),
    ),
    (
        {"ViewAsOwner"},
        between(
            ["alter view app.tags set (security_invoker = false)"],
            ["alter view app.tags set (security_invoker = true)"],
        ),
    ),
    (
        {"LoginBypassesRls"},
        between(["create role strong login bypassrls"], ["drop role strong"]),
    ),
    (
        {"AppLoginPowerful"},
        between(["alter role todo_app inherit"], ["alter role todo_app noinherit"]),
    ),
    (
        {"GrantedToPublic"},
        between(
            ["grant select on app.tags to public"],
            ["revoke select on app.tags from public"],
        ),
    ),
    (
        {"SchemaDoesNotFit"},
        between(
            ["alter table app_data.projects rename column name to heading"],
            ["alter table app_data.projects rename column heading to name"],
        ),
    ),
    ({"BackupFailed"}, told("backup")),
    (
        {"BackupDamaged", "WalNeverExpires"},
        told("check", faults=[{"key": "unexpired"}]),
    ),
    ({"DrillFailed"}, told("drill")),
    ({"DumpOld"}, old("dump", 9 * 86400)),
]
LATER: list[tuple[set[str], Cause]] = [
    ({"ConnectionsNearlyAll", "RoleConnectionsNearlyAll"}, crowded),
    ({"BackupOld"}, old("backup", 2 * 86400)),
    ({"BackupCheckOld"}, old("check", 2 * 86400)),
    ({"DrillOld"}, old("drill", 9 * 86400)),
]
# Without pg_monitor the exporter sees no session of others, so that comes last.
LAST: list[tuple[set[str], Cause]] = [
    ({"BackupMissing"}, no_backup),
    (
        {"MetricsUnreadable"},
        between(
            ["revoke pg_monitor from todo_monitor"],
            ["grant pg_monitor to todo_monitor"],
        ),
    ),
]


def usual(live: Prometheus) -> set[str]:
    """What fires on a server in good order: what these servers cannot have."""
    live.wait(lambda now: "ServerRestarted" not in now, ENDS)
    time.sleep(12)  # longer than each alert waits
    return live.firing()


def test_nothing_fires_on_a_server_in_good_order(
    place: Place, live: Prometheus
) -> None:
    """An idle one. The throw-away server has no TLS and passwords for all but one."""
    assert usual(live) <= {"PostureBroken"}


def test_no_panel_of_a_dashboard_is_empty(place: Place, live: Prometheus) -> None:
    """Each expression gives something, on this version of the server."""
    run(place, "select pg_create_physical_replication_slot('panel', true)")
    time.sleep(15)
    try:
        empty = [
            f"{name}: {panel.title}"
            for name, panels in dashboards.DASHBOARDS.items()
            for panel in panels
            if not live.value(panel.expression)
        ]
    finally:
        run(place, "select pg_drop_replication_slot('panel')")
    assert not empty


@pytest.mark.parametrize(
    "causes", [TOGETHER, LATER, LAST], ids=["most", "more", "last"]
)
def test_each_fires_with_its_cause_and_ends_with_it(
    place: Place, live: Prometheus, causes: list[tuple[set[str], Cause]]
) -> None:
    before = usual(live)
    wanted = set().union(*(names for names, _ in causes))
    for name in ("busy", "locked"):
        run(place, f"create table if not exists public.{name} (a integer)")
    with ExitStack() as stack:
        for _, cause in causes:
            stack.enter_context(contextmanager(cause)(place))
        seconds = live.wait(lambda now: now >= wanted, FIRES)
    print(f"{len(wanted)} alerts fired, the last after {seconds:.1f} s")
    left = wanted - before
    seconds = live.wait(lambda now: not now & left, ENDS)
    print(f"all ended, the last after {seconds:.1f} s")


def test_the_database_is_gone_and_comes_back(
    place: Place, live: Prometheus, watch: Watch
) -> None:
    cluster = place.cluster
    assert cluster is not None
    before = usual(live)
    cluster.stop()
    seconds = live.wait(lambda now: "DatabaseDown" in now, FIRES)
    print(f"DatabaseDown fired after {seconds:.1f} s")
    cluster.start()
    seconds = live.wait(lambda now: "ServerRestarted" in now, FIRES)
    seconds += live.wait(lambda now: now <= before, ENDS)
    print(f"DatabaseDown and ServerRestarted ended after {seconds:.1f} s")
    watch.stop()
    seconds = live.wait(lambda now: "ExporterDown" in now, FIRES)
    print(f"ExporterDown fired after {seconds:.1f} s")
    watch.start()
    live.wait(lambda now: now <= before, ENDS)
