"""Facts first, and the dump where they are silent."""

from __future__ import annotations

from tools.catalog import State, unlike

FACTS = {"table app.tasks: owner": "todo_owner"}
DUMP = "CREATE TABLE app.tasks (\n    id uuid\n);\n"


def test_equal_states_are_not_unlike() -> None:
    assert unlike(State("a", FACTS, DUMP), State("b", dict(FACTS), DUMP)) == []


def test_facts_speak_first() -> None:
    other = State("migrations/", {"table app.tasks: owner": "postgres"}, "")
    assert unlike(State("sql/", FACTS, DUMP), other) == [
        "table app.tasks: owner differs: sql/ says todo_owner, "
        "migrations/ says postgres"
    ]


def test_the_dump_speaks_where_facts_are_silent() -> None:
    other = State("migrations/", FACTS, DUMP.replace("uuid", "text"))
    first, *lines = unlike(State("sql/", FACTS, DUMP), other)
    assert first == "pg_dump finds a difference that the facts do not:"
    assert lines[:2] == ["--- sql/", "+++ migrations/"]
    assert "-    id uuid" in lines
    assert "+    id text" in lines


def test_a_long_difference_is_cut() -> None:
    other = State("b", FACTS, "".join(f"line {n}\n" for n in range(500)))
    lines = unlike(State("a", FACTS, DUMP), other)
    assert len(lines) < 100
    assert lines[-1].startswith("… and ")
