"""All systems answer the same questions about the same rows."""

from __future__ import annotations

import psycopg
import pytest

from tools.bench import pgbench
from tools.bench.loading import OURS
from tools.bench.mix import PICK, SYSTEMS, WEIGHTS, measure
from tools.bench.pgbench import Run, Script
from tools.bench.place import Place
from tools.bench.systems import bound, parts
from tools.console import Failure

# Vikunja has no status beside done.
_DIFFERENT = {("vikunja", "by_status")}
_PAGES = (
    "project_page",
    "today",
    "overdue",
    "upcoming",
    "by_status",
    "by_priority",
    "tags_any",
    "timeline",
)
_PEERS = [system for system in SYSTEMS if system != OURS]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_has_every_query(system: str) -> None:
    assert set(WEIGHTS) <= set(parts(system).queries)


@pytest.mark.parametrize("system", _PEERS)
def test_the_peers_answer_as_we_do(small: Place, system: str) -> None:
    for who in (small.world.large, small.world.typical, small.world.empty):
        names = [name for name in _PAGES if (system, name) not in _DIFFERENT]
        assert _titles(small, system, names, who) == _titles(small, OURS, names, who)


@pytest.mark.parametrize("system", ["setting", "supabase"])
def test_the_policies_of_the_peers_isolate(small: Place, system: str) -> None:
    someone = small.world.people[small.world.typical]
    with small.acting(system, someone) as connection:
        row = connection.execute("select count(*) from spec.tasks").fetchone()
    assert row == (small.world.sizes[small.world.typical],)


def test_the_mix_runs_in_each(small: Place) -> None:
    found = measure(small, ("setting", OURS), seconds=1, rounds=1)
    assert found[PICK]["n"] > 0
    for system in ("setting", OURS):
        for each in found[system].values():
            assert each["tps"] > 0
            assert each["all"]["median"] <= each["all"]["p95"] <= each["all"]["p99"]


def test_a_transaction_that_fails_is_told(small: Place) -> None:
    with pytest.raises(Failure, match="no_such_table"):
        pgbench.run(
            small,
            [Script("wrong", "select * from no_such_table;\n")],
            Run(small.login("specification"), count=1),
            {},
        )


def test_our_acts_come_with_a_token_of_now(small: Place) -> None:
    me = small.world.people[small.world.typical]
    with small.acting(OURS, me) as connection:
        row = connection.execute("select app.current_user_id()").fetchone()
    assert row == (me,)
    with psycopg.connect(small.login(OURS)) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select count(*) from app.tasks")


def _titles(
    small: Place, system: str, names: list[str], who: int
) -> dict[str, list[str]]:
    """Give the titles on each page, without their order."""
    values, found = small.values(system, who), {}
    with small.acting(system, small.world.people[who]) as connection:
        for name in names:
            cursor = connection.execute(bound(parts(system).query(name), values))
            assert cursor.description is not None
            at = [column.name for column in cursor.description].index("title")
            found[name] = sorted(row[at] for row in cursor.fetchall())
    return found
