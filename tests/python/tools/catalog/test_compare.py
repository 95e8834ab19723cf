"""Differences: every one, once, in words that say which way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.catalog import describe, differences

TABLE = {
    "table app.tasks: order of columns": "id, title",
    "table app.tasks: column id: type": "uuid",
    "table app.tasks: column title: type": "text",
    "table app.tasks: column title: null": "refused",
    "table app.tasks: policy tasks_select_user: command": "select",
    "table app.tasks: policy tasks_select_user: using": "(user_id = me())",
}
STEPS = st.sampled_from(["table a", "table b", "column x", "column y", "policy p"])
KEYS = st.lists(STEPS, min_size=1, max_size=3).map(": ".join)
FACTS = st.dictionaries(KEYS, st.sampled_from(["1", "2", "x, y", "y, x"]), max_size=8)


def told(expected: dict[str, str], actual: dict[str, str]) -> list[str]:
    return describe(differences(expected, actual), "sql/", "migrations/")


def test_equal_facts_have_no_difference() -> None:
    assert told(TABLE, dict(reversed(TABLE.items()))) == []


def test_a_changed_property_says_both_values() -> None:
    assert told(TABLE, TABLE | {"table app.tasks: column title: type": "varchar"}) == [
        "table app.tasks: column title: type differs: sql/ says text, "
        "migrations/ says varchar"
    ]


def test_a_property_that_only_one_has_says_so() -> None:
    key = "table app.tasks: column title: default"
    assert told(TABLE, TABLE | {key: "'x'"}) == [
        f"{key} differs: sql/ says nothing, migrations/ says 'x'"
    ]
    assert told(TABLE | {key: "'x'"}, TABLE) == [
        f"{key} differs: sql/ says 'x', migrations/ says nothing"
    ]


def test_a_missing_thing_is_one_difference_with_its_gist() -> None:
    without = {key: value for key, value in TABLE.items() if "policy" not in key}
    gist = "command select, using (user_id = me())"
    assert told(TABLE, without) == [
        "table app.tasks: policy tasks_select_user is missing in migrations/; "
        f"sql/ has {gist}"
    ]
    assert told(without, TABLE) == [
        "table app.tasks: policy tasks_select_user is missing in sql/; "
        f"migrations/ has {gist}"
    ]


def test_a_missing_object_is_one_difference() -> None:
    assert told(TABLE, {}) == ["table app.tasks is missing in migrations/; sql/ has it"]
    assert told({}, TABLE) == ["table app.tasks is missing in sql/; migrations/ has it"]


def test_a_single_fact_is_not_hidden_behind_its_object() -> None:
    stranger = {"role eve: member of todo_owner": "inherits, may become it"}
    assert told({}, stranger) == [
        "role eve: member of todo_owner is missing in sql/; "
        "migrations/ has inherits, may become it"
    ]


def test_differences_of_one_object_stand_below_it() -> None:
    other = TABLE | {
        "table app.tasks: column title: null": "allowed",
        "table app.tasks: column id: type": "bigint",
    }
    assert told(TABLE, other) == [
        "table app.tasks:",
        "    column id: type differs: sql/ says uuid, migrations/ says bigint",
        "    column title: null differs: sql/ says refused, migrations/ says allowed",
    ]


def test_an_order_differs_only_if_common_columns_do() -> None:
    order = "table app.tasks: order of columns"
    added = TABLE | {
        order: "id, note, title",
        "table app.tasks: column note: type": "t",
    }
    assert [one.part for one in differences(TABLE, added)] == ["column note: type"]
    moved = TABLE | {order: "title, id"}
    assert [one.part for one in differences(TABLE, moved)] == ["order of columns"]


def test_a_long_text_shows_the_line_that_differs() -> None:
    key = "function app.f(): body"
    assert told({key: "\nbegin\n  a;\nend"}, {key: "\nbegin\n  b;\nend"}) == [
        f"{key} differs in line 3: sql/ says a;, migrations/ says b;"
    ]
    assert told({key: "begin\nend"}, {key: "begin"}) == [
        f"{key} differs in line 2: sql/ says end, migrations/ says nothing"
    ]


def test_a_long_line_shows_the_place_that_differs() -> None:
    key = "table app.tasks: constraint c"
    first, second = "x" * 1000 + "left" + "y" * 1000, "x" * 1000 + "right" + "y" * 1000
    (line,) = told({key: first}, {key: second})
    assert "left" in line
    assert "right" in line
    assert len(line) < 800


def test_blanks_alone_can_be_seen() -> None:
    key = "function app.f(): body"
    assert told({key: "a  b"}, {key: "a b"}) == [
        f"{key} differs: sql/ says 'a  b', migrations/ says 'a b'"
    ]
    (line,) = told({key: "a\n"}, {key: "a"})
    assert "line end" in line


@given(FACTS, FACTS)
def test_there_is_a_difference_exactly_if_facts_are_unlike(
    one: dict[str, str], other: dict[str, str]
) -> None:
    found = differences(one, other)
    assert bool(found) == (one != other)
    assert len({each.key for each in found}) == len(found)
    mirrored = [
        (each.key, each.actual, each.expected) for each in differences(other, one)
    ]
    assert mirrored == [(each.key, each.expected, each.actual) for each in found]


@given(FACTS, FACTS)
def test_every_difference_can_be_told(
    one: dict[str, str], other: dict[str, str]
) -> None:
    for each in differences(one, other):
        assert each.key in each.words("sql/", "migrations/")
        assert ("sql/" in each.words("sql/", "m/")) and (
            "m/" in each.words("sql/", "m/")
        )
