"""Times this project's migrations against plain yoyo, dbmate, alembic and psql.

    python -m tools.bench.migrate [--count 100] [--rounds 5] [--fast]

Each tool applies the same files (a table, an index, row-level security with a policy, a
function and a trigger each) to an empty database of one server, then runs again with
nothing to do. The tools take turns in each round, so that a busy moment of the machine
hits all of them alike. A time is that of the whole process, from its start to its end.
The peers are fetched into build/peers on the first run: dbmate with npm, alembic with
pip. What cannot be fetched is left out by name.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tools.console import Failure, out, run, say
from tools.postgres import databases
from tools.postgres.binaries import find_bin
from tools.postgres.cluster import Cluster
from tools.postgres.os_user import server_account
from tools.postgres.throwaway import throwaway
from tools.project import BUILD, ROOT

PEERS: Final = BUILD / "peers"
OURS: Final = "this project"
_TOGETHER: Final = 8

_UP: Final = """\
create table bench.items_{n} (
    user_id uuid not null,
    id uuid not null default gen_random_uuid(),
    title text not null default '' check (length(title) <= 200),
    position text collate "C" not null default 'a',
    updated_at timestamptz not null default now(),
    primary key (user_id, id)
);
create index items_{n}_position_idx on bench.items_{n} (user_id, position);
alter table bench.items_{n} enable row level security;
alter table bench.items_{n} force row level security;
create policy items_{n}_select on bench.items_{n} for select to public
using (user_id = nullif(current_setting('bench.user', true), '')::uuid);
create function bench.touch_{n}() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end
$$;
create trigger items_{n}_100_touch before update on bench.items_{n}
for each row execute function bench.touch_{n}();
comment on table bench.items_{n} is 'Item number {n}; one of many.';
"""
_DOWN: Final = """\
drop table bench.items_{n};
drop function bench.touch_{n}();
"""
_ALEMBIC_ENV: Final = """\
import os
from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["BENCH_URL"]).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


@dataclass(frozen=True)
class Tool:
    """A way to apply migrations.

    Args:
        name: in the table.
        command: for a database of the server.
        environment: additional variables for the same.
    """

    name: str
    command: Callable[[str], list[str]]
    environment: Callable[[str], Mapping[str, str]] = lambda _: {}
    has_noop: bool = True


def main(argv: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.migrate", description="Times migrations."
    )
    parser.add_argument("--count", type=int, default=100, help="migrations (100)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each tool (5)")
    parser.add_argument("--fast", action="store_true", help="data in memory")
    parser.add_argument("--check", action="store_true", help="exit 1 over the limits")
    arguments = parser.parse_args(argv)
    home = BUILD / "bench_migrate"
    shutil.rmtree(home, ignore_errors=True)
    with throwaway() if arguments.fast else _durable() as cluster:
        tools = _tools(home, cluster, arguments.count)
        times = _measure(cluster, tools, arguments.rounds)
        together = _together(cluster, tools[0])
        say(f"PostgreSQL {cluster.version}, {arguments.count} migrations, median of"
            f" {arguments.rounds} interleaved rounds, seconds, data"
            f" {'in memory' if arguments.fast else 'on disk'}")  # fmt: skip
    shutil.rmtree(home)
    missed = _print(times, check=arguments.check)
    say(f"{_TOGETHER} at once on an empty database: {together}")
    return missed


@contextmanager
def _durable() -> Iterator[Cluster]:
    """Run a server with PostgreSQL's own settings and its data on a disk.

    A throw-away server keeps its data in memory, where a COMMIT costs nothing.
    """
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as name:
        home, account = Path(name), server_account()
        home.chmod(0o711)
        (home / "socket").mkdir()
        account.own(home / "socket")
        cluster = Cluster(home, find_bin(), account, home / "socket")
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def _tools(home: Path, cluster: Cluster, count: int) -> list[Tool]:
    """Write the migrations in each tool's form; return the tools that are there."""
    ours, mate, alembic = (home / name for name in ("ours", "dbmate", "alembic"))
    for directory in (ours, mate, alembic / "versions"):
        directory.mkdir(parents=True)
    for number in range(1, count + 1):
        _write(number, ours, mate, alembic)
    (alembic / "env.py").write_text(_ALEMBIC_ENV)
    (alembic / "alembic.ini").write_text(f"[alembic]\nscript_location = {alembic}\n")
    names = sorted(path.name for path in ours.glob("*[0-9].sql"))
    script = "".join(f"begin;\n\\ir {name}\ncommit;\n" for name in names)
    (ours.parent / "all.sql").write_text(script.replace("\\ir ", "\\ir ours/"))
    bin = Path(sys.executable).parent
    tools = [
        Tool(
            OURS,
            lambda _: [sys.executable, "-m", "tools.migrate", "--directory", str(ours)],
            lambda name: {"DATABASE_URL": cluster.url(name)},
        ),
        Tool(
            "plain yoyo",
            lambda name: [
                str(bin / "yoyo"), "apply", "--batch", "--database",
                cluster.url(name, driver="psycopg"), str(ours),
            ],
        ),
        Tool(
            "psql",
            lambda name: [
                str(cluster.bin / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-f",
                str(ours.parent / "all.sql"), cluster.url(name),
            ],
            has_noop=False,
        ),
    ]  # fmt: skip
    return tools + _peers(cluster, mate, alembic)


def _peers(cluster: Cluster, mate: Path, alembic: Path) -> list[Tool]:
    tools = []
    if programs := _fetched("dbmate", _fetch_dbmate):
        query = f"socket={cluster.socket}&sslmode=disable"
        for name, program in zip(
            ("dbmate (npm)", "dbmate (binary)"), programs, strict=False
        ):
            command = [str(program), "--no-dump-schema", "--migrations-dir", str(mate)]
            url = f"postgres://postgres@localhost/{{}}?{query}"
            tools.append(Tool(name, partial(_mate, command, url)))
    if programs := _fetched("alembic", _fetch_alembic):
        command = [str(programs[0]), "-c", str(alembic / "alembic.ini")]
        tools.append(
            Tool(
                "alembic",
                lambda _: [*command, "upgrade", "head"],
                lambda name: {"BENCH_URL": cluster.url(name, driver="psycopg")},
            )
        )
    return tools


def _mate(command: Sequence[str], url: str, name: str) -> list[str]:
    return [*command, "--url", url.format(name), "migrate"]


def _write(number: int, ours: Path, mate: Path, alembic: Path) -> None:
    id = f"{number:04}_create_items_{number:04}"
    before = number - 1
    last = f"{before:04}_create_items_{before:04}" if before else ""
    up, down = _UP.format(n=f"{number:04}"), _DOWN.format(n=f"{number:04}")
    if number == 1:
        up, down = f"create schema bench;\n{up}", f"{down}drop schema bench;\n"
    (ours / f"{id}.sql").write_text(f"-- depends: {last}\n\n{up}" if last else up)
    (ours / f"{id}.rollback.sql").write_text(down)
    (mate / f"{id}.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}")
    revision = (
        f"from alembic import op\nrevision = 'r{number}'\n"
        f"down_revision = {f'r{before}' if before else None!r}\n"
        f"def upgrade():\n    op.execute({up!r})\n"
        f"def downgrade():\n    op.execute({down!r})\n"
    )
    (alembic / "versions" / f"{id}.py").write_text(revision)


def _measure(
    cluster: Cluster, tools: Sequence[Tool], rounds: int
) -> dict[str, tuple[list[float], list[float]]]:
    """Return for each tool the seconds of its first and of its second runs."""
    times: dict[str, tuple[list[float], list[float]]] = {}
    for turn in range(rounds):
        for tool in tools:
            name = f"bench_{turn}_{tools.index(tool)}"
            databases.create(cluster.url(), name)
            first, again = times.setdefault(tool.name, ([], []))
            first.append(_timed(tool, name))
            _refuse_partial(cluster, name, tool)
            if tool.has_noop:
                again.append(_timed(tool, name))
            databases.drop(cluster.url(), name)
    return times


def _together(cluster: Cluster, tool: Tool) -> str:
    """Run *tool* several times at once; say how they ended and what was applied."""
    databases.create(cluster.url(), "together")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment |= tool.environment("together")
    processes = [
        subprocess.Popen(
            tool.command("together"),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(_TOGETHER)
    ]
    good = sum(process.wait() == 0 for process in processes)
    count = "select count(*), count(distinct migration_id) from todo_migrations"
    log = cluster.psql("-Atqc", f"{count}._yoyo_log", dbname="together").stdout.strip()
    times, different = log.split("|")
    return f"{good} exit 0, {different} migrations applied {times} times in all"


def _timed(tool: Tool, name: str) -> float:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | dict(tool.environment(name))
    started = time.perf_counter()
    done = subprocess.run(
        tool.command(name), env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise Failure(
            f"{tool.name} failed: {(done.stderr or done.stdout).strip()[-600:]}",
            next=" ".join(tool.command(name)),
        )
    return seconds


def _refuse_partial(cluster: Cluster, name: str, tool: Tool) -> None:
    """A tool that did less than the others would look fast."""
    sql = "select count(*), count(distinct tgrelid) from pg_trigger"
    found = cluster.psql("-Atqc", sql, dbname=name).stdout.strip()
    expected = _expected()
    if found != f"{expected}|{expected}":
        raise Failure(f"{tool.name} left {found} triggers instead of {expected}")


def _expected() -> int:
    """Return how many triggers the migrations make."""
    return len(list((BUILD / "bench_migrate" / "ours").glob("*[0-9].sql")))


def _print(times: Mapping[str, tuple[list[float], list[float]]], *, check: bool) -> int:
    middle = {
        name: tuple(statistics.median(t) if t else None for t in pair)
        for name, pair in times.items()
    }
    out.print("| tool | apply | nothing to do |\n| --- | ---: | ---: |", markup=False)
    for name, (first, again) in middle.items():
        cells = " | ".join("" if t is None else f"{t:.2f}" for t in (first, again))
        out.print(f"| {name} | {cells} |", markup=False)
    limits = (
        ("plain yoyo", 0, 0.5),
        ("dbmate (npm)", 0, 1.6),
        ("plain yoyo", 1, 1.2),
    )
    worst = 0
    for peer, which, limit in limits:
        mine, theirs = middle[OURS][which], middle.get(peer, (None, None))[which]
        if mine is None or theirs is None:
            say(f"{peer} was not measured")
            continue
        kept = mine <= limit * theirs
        worst = max(worst, not kept)
        what = ("apply", "nothing to do")[which]
        say(
            f"{what}: {mine / theirs:.2f} x {peer}, at most {limit:g}:"
            f" {'kept' if kept else 'MISSED'}"
        )
    return int(worst) if check else 0


def _fetched(name: str, fetch: Callable[[], list[Path]]) -> list[Path]:
    try:
        return fetch()
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"{name} is left out, it cannot be fetched: {error}")
        return []


def _fetch_dbmate() -> list[Path]:
    """Return what npm puts into its path, a script of Node, and what that starts."""
    home = PEERS / "dbmate"
    script = home / "node_modules" / ".bin" / "dbmate"
    if not script.exists():
        home.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-save", "--silent", "--prefix", str(home)]
        subprocess.run([*npm, "dbmate"], check=True, stdout=subprocess.DEVNULL)
    return [script, *home.glob("node_modules/@dbmate/*/bin/dbmate")]


def _fetch_alembic() -> list[Path]:
    program = PEERS / "alembic" / "bin" / "alembic"
    if not program.exists():
        venv.create(PEERS / "alembic", with_pip=True)
        pip = [str(program.with_name("python")), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "alembic", "psycopg[binary]"], check=True)
    return [program]


if __name__ == "__main__":
    run(main)
