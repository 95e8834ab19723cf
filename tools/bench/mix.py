"""The mix: what people do in a day, in its proportions, by pgbench against each system.

Each transaction first draws somebody and something of theirs, which costs everybody the
same; PICK is that alone. Reads and writes go in one round trip with what must stand
before them, as our runtime sends them; statements of the others are prepared by name,
ours are not, because a name would be a letterbox between people.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tools.bench import pgbench
from tools.bench.data import TODAY
from tools.bench.loading import OURS
from tools.bench.pgbench import Run, Script, spoken, token_of, transaction
from tools.bench.place import KEYS, Place, cores
from tools.bench.results import Times, summary
from tools.bench.systems import names, parts
from tools.console import err

# Of a hundred transactions; what the database does not have yet is in MISSING.
WEIGHTS: Final = {
    "project_page": 18,
    "today": 6,
    "overdue": 4,
    "upcoming": 4,
    "by_status": 5,
    "by_priority": 5,
    "one_task": 10,
    "create": 10,
    "patch": 8,
    "complete": 8,
    "search": 4,
    "tags_any": 2,
    "tags_all": 1,
    "reorder": 2,
    "batch": 2,
    "dashboard": 1,
    "timeline": 1,
}
MISSING: Final = {"the feed": 8, "worker claims and purge": 1}
PICK: Final = "pick"
SYSTEMS: Final = (
    OURS,
    "specification",
    "setting",
    "supabase",
    "grown",
    "vikunja",
)
WRITES: Final = ("create", "patch", "complete", "reorder", "batch", "describe")
_TARGETS: Final = 2000


def measure(
    place: Place, systems: Sequence[str], seconds: int, rounds: int
) -> dict[str, Any]:
    """Run the mix in turns and give, by system and clients, each kind's times.

    Args:
        systems: which of the place's.
        seconds: of a run.
        rounds: so often each system has its turn with each number of clients.
    """
    clients = (1, cores(), cores() * 10)
    runs = [
        (turn, system, count)
        for turn in range(rounds)
        for count in clients
        for system in (*systems[turn % len(systems) :], *systems[: turn % len(systems)])
    ]
    found: dict[tuple[str, int], list[dict[str, list[float]]]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("the mix", total=len(runs))
        for turn, system, count in runs:
            bar.update(task, description=f"the mix: {system}, {count} clients")
            variables = variables_of(place) | {"targets": aim(place, system)}
            how = Run(
                place.login(system),
                clients=count,
                seconds=seconds,
                prepared=system != OURS,
                seed=turn + 1,
            )
            ran = pgbench.run(place, scripts_of(place, system), how, variables)
            found.setdefault((system, count), []).append(ran)
            bar.advance(task)
    return {
        system: {str(n): summary(found[system, n], seconds) for n in clients}
        for system in systems
    } | {PICK: _pick(place)}


def variables_of(place: Place) -> dict[str, object]:
    return {"today": TODAY, "word": place.world.words[40]}


def scripts_of(place: Place, system: str) -> list[Script]:
    return [script_of(place, system, *each) for each in WEIGHTS.items()]


def script_of(place: Place, system: str, name: str, weight: int = 1) -> Script:
    query, writes = parts(system).query(name), name in WRITES
    if system == OURS:
        someone = place.world.people[place.world.typical]
        lines = spoken(place.preamble(someone, read_only=not writes))
    else:
        lines = [parts(system).get("open")] if parts(system).get("open") else []
    if lines:
        text = transaction(lines, query, writes=writes)
    else:
        text = f"{query};\n"
    return Script(name, _aimed(system, text), weight)


def _aimed(system: str, text: str) -> str:
    """Draw somebody, and read what the text needs to know of them."""
    drawn = [name for name in names(text) if name not in ("today", "word", "n")]
    columns = ", ".join(drawn)
    return (
        f"\\set n random(1, :targets)\n"
        f"select {columns} from bench.{_table(system)} where n = :n \\gset\n{text}"
    )


def _table(system: str) -> str:
    return f"targets_{system if system in KEYS else 'specification'}"


def _pick(place: Place) -> Times:
    """Time the drawing alone."""
    text = _aimed("specification", "-- :user_id :project_id :task_id\n")
    targets = {"targets": aim(place, "specification")}
    how = Run(place.login("specification"), prepared=True)
    ran = pgbench.run(place, [Script(PICK, text)], how, targets)
    times: Times = summary([ran], 1)["kinds"][PICK]
    return times


def aim(place: Place, system: str) -> int:
    """Write down whom and what the transactions are about; give how many there are.

    People act the more, the more tasks they have, up to three hundred; one in eleven is
    one of the largest.
    """
    table, key = _table(system), KEYS.get(system, KEYS[""])
    with psycopg.connect(place.url, autocommit=True) as connection:
        if not connection.execute("select to_regclass('bench.drawn')").fetchone()[0]:  # type: ignore[index]
            _draw(connection, place)
        me = "p.n + 1" if system == "vikunja" else "p.id"
        connection.execute(f"drop table if exists bench.{table}")
        connection.execute(
            _TARGET.format(table=table, key=key, me=me, tag=f"g.{key}").encode()
        )
        if system == OURS:
            _sign(connection, place, table)
        connection.execute(f"create unique index on bench.{table} (n)")
        connection.execute(f"grant select on bench.{table} to public")
        connection.execute(f"vacuum (analyze) bench.{table}")
        connection.execute("grant usage on schema bench to public")
        row = connection.execute(f"select count(*) from bench.{table}").fetchone()
        return int(row[0]) if row else 0


def _draw(connection: psycopg.Connection, place: Place) -> None:
    rng = random.Random(f"{place.world.seed} drawn")  # noqa: S311 - not a secret
    sizes = place.world.sizes
    weights = [min(size, 300) for size in sizes]
    for who in range(3):
        weights[who] = sum(weights) // 33
    drawn = rng.choices(range(len(sizes)), weights, k=_TARGETS)
    with connection.transaction():
        connection.execute("create table bench.drawn (n integer, person integer)")
        with connection.cursor().copy("copy bench.drawn from stdin") as copy:
            for n, who in enumerate(drawn, 1):
                copy.write_row((n, who))


def _sign(connection: psycopg.Connection, place: Place, table: str) -> None:
    people = connection.execute(
        f"select distinct user_id from bench.{table}"
    ).fetchall()
    row = connection.execute("select extract(epoch from now())::float8").fetchone()
    assert row is not None  # noqa: S101 - one row always
    connection.execute("create temporary table tokens (user_id uuid, token text)")
    with connection.cursor().copy("copy tokens from stdin") as copy:
        for (user_id,) in people:
            preamble = place.preambles.for_user(user_id, row[0])
            copy.write_row((user_id, token_of(preamble)))
    connection.execute(
        f"update bench.{table} as t set token = k.token from tokens as k"
        " where t.user_id = k.user_id"
    )


_TARGET: Final = """
create unlogged table bench.{table} as
select
    row_number() over (order by d.n)::integer as n, {me} as user_id,
    o.{key} as project_id, t.{key} as task_id,
    (
        select {tag} from bench.tags as g where g.person = d.person order by g.n limit 1
    ) as tag_id,
    (
        select {tag} from bench.tags as g where g.person = d.person
        order by g.n offset 1 limit 1
    ) as other_tag_id,
    null::text as token
from bench.drawn as d
inner join bench.people as p on d.person = p.n
cross join lateral (
    select * from bench.tasks as t
    where t.person = d.person and t.status = 'todo' and not t.trashed
    order by t.n desc offset d.n % 8 limit 1
) as t
inner join bench.projects as o on t.project = o.n
"""
