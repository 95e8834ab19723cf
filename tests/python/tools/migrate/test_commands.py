"""The command line: what it prints, asks and returns."""

from __future__ import annotations

import subprocess
import sys
import time

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.migrate.commands import main
from tools.postgres.cluster import Cluster
from tools.project import ROOT


@pytest.fixture
def two(base: Base, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Two migrations that are pending, and DATABASE_URL."""
    folder.add("0001_add_a", "create table a (id int)", "drop table a;")
    folder.add("0002_add_b", "create table b (id int, t text)", "drop table b;")
    monkeypatch.setenv("DATABASE_URL", base.url)
    return folder


def command(folder: Folder, *words: str) -> int:
    """Run the command on *folder*."""
    return main([*words, "--directory", str(folder.path)])


def test_each_file_is_printed_with_its_time(
    two: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(two) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("migrations of postgres@")
    assert said[1].split() == ["0001_add_a", said[1].split()[1], "s"]
    assert said[3].startswith("2 migrations applied in")
    assert said[4] == "next: make codegen"
    assert command(two, "apply") == 0
    assert "nothing to apply" in capsys.readouterr().out


def test_a_dry_run_is_the_exact_sql(
    base: Base,
    two: Folder,
    migration_server: Cluster,
    capsys: pytest.CaptureFixture[str],
) -> None:
    two.add(
        "0003_index_a",
        "create index concurrently i on a (id)",
        "drop index concurrently if exists i;",
        header="-- transactional: false",
    )
    assert command(two, "apply", "--dry-run") == 0
    script = capsys.readouterr().out
    assert base.tables() == []
    assert base.value("select to_regnamespace('todo_migrations') is null")

    done = migration_server.psql(
        "-qX",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        "set statement_timeout = 0",
        *[word for part in _parts(script) for word in ("-c", part)],
        dbname=base.session.info.dbname,
    )
    assert done.returncode == 0, done.stderr
    assert base.tables() == ["public.a", "public.b"]
    assert base.marks() == ["0001_add_a", "0002_add_b", "0003_index_a"]
    assert base.apply(two) == []
    assert base.value(
        "select indisvalid from pg_index where indexrelid = 'i'::regclass"
    )


def _parts(script: str) -> list[str]:
    """Split a script so that what cannot be in a transaction is on its own."""
    before, index, after = script.partition("create index concurrently i on a (id);\n")
    return [before, index, after]


def test_a_dry_rollback_does_nothing(
    base: Base, two: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    command(two)
    capsys.readouterr()
    assert command(two, "rollback", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "drop table b;" in said
    assert "drop table a;" not in said
    assert base.tables() == ["public.a", "public.b"]


def test_rollback_without_terminal_needs_yes(base: Base, two: Folder) -> None:
    command(two)
    with pytest.raises(Failure, match="no terminal to ask") as caught:
        command(two, "rollback")
    assert caught.value.next == "add --yes"
    assert base.tables() == ["public.a", "public.b"]
    assert command(two, "rollback", "--all", "--yes") == 0
    assert base.tables() == []
    assert command(two, "rollback", "--yes") == 0


@pytest.mark.parametrize(("answer", "left"), [("y", 1), ("", 2), ("no", 2)])
def test_rollback_asks_on_a_terminal(
    base: Base, two: Folder, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    command(two)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    if left == 2:
        with pytest.raises(Failure, match="not confirmed"):
            command(two, "rollback")
    else:
        assert command(two, "rollback") == 0
    assert len(base.tables()) == left


def test_status_lists_and_checks(
    base: Base, two: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(two, "status") == 0
    assert command(two, "status", "--check") == 3
    assert "0001_add_a  pending" in capsys.readouterr().out
    command(two, "apply", "--until", "0001")
    assert command(two, "status", "--check") == 3
    command(two)
    capsys.readouterr()
    assert command(two, "status", "--check") == 0
    assert "all are applied" in capsys.readouterr().out
    two.edit("0001_add_a.sql", "table a", "table  a")
    assert command(two, "status") == 1
    assert command(two, "status", "--check") == 3
    said = capsys.readouterr()
    assert "0001_add_a  applied" in said.out
    assert "differs" in said.out
    assert "0001_add_a.sql was edited after it had been applied" in said.err
    for path in two.path.glob("0002*"):
        path.unlink()
    command(two, "status")
    assert "applied, no file" in capsys.readouterr().out


def test_show_tells_the_edit(two: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    command(two)
    two.edit("0002_add_b.sql", "t text", "t varchar")
    capsys.readouterr()
    assert command(two, "show", "0002") == 0
    said = capsys.readouterr().out.splitlines()
    assert "-create table b (id int, t text)" in said
    assert "+create table b (id int, t varchar)" in said
    assert command(two, "show", "0001") == 0
    assert "0001_add_a is as it was applied" in capsys.readouterr().out
    for path in two.path.glob("0002*"):
        path.unlink()
    assert command(two, "show", "0002_add_b") == 0
    assert "drop table b;" in capsys.readouterr().out
    with pytest.raises(Failure, match="there is no migration '0009'"):
        command(two, "show", "0009")


def test_limits_are_read(base: Base, two: Folder) -> None:
    two.add("0003_wait_long", "select pg_sleep(5)")
    with pytest.raises(Failure, match="57014"):
        command(two, "apply", "--statement-timeout", "50ms")
    with pytest.raises(Failure, match="'x' is no duration") as caught:
        command(two, "apply", "--lock-timeout", "x")
    assert caught.value.where == "--lock-timeout"


def test_a_wrong_word_is_a_usage_error(two: Folder) -> None:
    with pytest.raises(SystemExit) as caught:
        command(two, "aply")
    assert caught.value.code == 2


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_an_interrupt_rolls_back_and_leaves_no_session(
    base: Base, two: Folder, signal: str
) -> None:
    two.add("0003_wait_long", "create table c (id int); select pg_sleep(30)")
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.migrate", "--directory", str(two.path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    waits = (
        "select count(*) from pg_stat_activity"
        " where application_name like 'todo-db migrate%' and query like '%pg_sleep%'"
        " and datname = current_database()"
    )
    _until(lambda: base.value(waits) > 0)
    process.send_signal({"INT": 2, "TERM": 15}[signal])
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "interrupted" in said
    assert base.marks() == ["0001_add_a", "0002_add_b"]
    assert base.tables() == ["public.a", "public.b"]
    _until(lambda: base.value(waits.replace("and query like '%pg_sleep%'", "")) == 0)


def _until(condition: object) -> None:
    end = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_failure_is_three_lines_and_status_one(base: Base, two: Folder) -> None:
    two.add("0003_fail_here", "select nothing")
    done = subprocess.run(
        [sys.executable, "-m", "tools.migrate", "--directory", str(two.path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0].startswith('error: 0003_fail_here: column "nothing" does not')
    assert "where:" in lines[2]
    assert "0003_fail_here.sql:3: select nothing" in lines[2]
    assert "next:" in lines[3]
    assert "Traceback" not in done.stderr


def test_a_second_run_does_less_than_a_second_of_own_work(
    base: Base, two: Folder
) -> None:
    """Measured as processor time, so that a busy machine does not matter."""
    import resource

    command(two)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "tools.migrate", "--directory", str(two.path)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 1


def test_the_private_server_gets_its_credentials(
    base: Base,
    two: Folder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tools import credentials
    from tools.postgres import server

    asked: list[str] = []

    def ensure(url: str) -> list[str]:
        asked.append(url)
        return ["wrote .env"]

    monkeypatch.setattr(server, "admin_url", lambda: base.url)
    monkeypatch.setattr(credentials, "ensure", ensure)
    command(two)
    assert asked == [], "DATABASE_URL is somebody's server: its secrets are theirs"
    monkeypatch.delenv("DATABASE_URL")
    command(two)
    assert asked == [base.url]
    assert "wrote .env" in capsys.readouterr().out


def test_a_record_that_cannot_be_read_is_one_sentence(base: Base, two: Folder) -> None:
    command(two)
    base.run("alter table todo_migrations.files drop column position")
    with pytest.raises(Failure, match=r"the database refused: .* \(42703\)"):
        command(two)


def test_eight_processes_at_once_all_succeed(base: Base, two: Folder) -> None:
    command_line = [
        sys.executable,
        "-m",
        "tools.migrate",
        "--directory",
        str(two.path),
    ]
    processes = [
        subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    applied = [text for text in said if "2 migrations applied" in text]
    assert len(applied) == 1
    log = base.column("select operation from todo_migrations._yoyo_log")
    assert log == ["apply", "apply"]


def test_a_psycopg_connection_is_closed(base: Base, two: Folder) -> None:
    command(two)
    deadline = time.monotonic() + 10  # the server notices a moment later
    with psycopg.connect(base.url, autocommit=True) as session:
        while (
            found := session.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database()"
                " and application_name like 'todo-db%'"
            ).fetchone()
        ) != (0,) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert found == (0,)
