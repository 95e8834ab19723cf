"""Which way a policy changes, as far as that can be told."""

from __future__ import annotations

import pytest

from tools.review.policies import compare

MINE = "(user_id = app.current_user_id())"
LIVE = "((user_id = app.current_user_id()) AND (deleted_at IS NULL))"
EITHER = "((user_id = app.current_user_id()) OR is_public)"


def facts(name: str = "p", **properties: str) -> dict[str, str]:
    """Give the facts of one policy of app.tasks."""
    own = {"command": "select", "kind": "permissive", "roles": "todo_user"}
    own |= {key.replace("_", " "): value for key, value in properties.items()}
    own = {key: value for key, value in own.items() if value}
    head = f"table app.tasks: policy {name}"
    found = {f"{head}: {key}": value for key, value in own.items()}
    return {"table app.tasks: owner": "todo_owner"} | found


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (facts(using=MINE), facts(using="true"), "loosened"),
        (facts(using=LIVE), facts(using=MINE), "loosened"),
        (facts(using=MINE), facts(using=EITHER), "loosened"),
        (facts(using=MINE), facts(using=LIVE), "tightened"),
        (facts(using="true"), facts(using=MINE), "tightened"),
        (facts(using=EITHER), facts(using=MINE), "tightened"),
        (facts(using=MINE), facts(using="(created_by = 1)"), "changed"),
        (facts(using=MINE), facts(using=MINE, roles="PUBLIC, todo_user"), "loosened"),
        (facts(using=MINE, roles="a, b"), facts(using=MINE, roles="a"), "tightened"),
        (facts(using=MINE), facts(using=MINE, command="all"), "changed"),
        (facts(using=MINE, kind="restrictive"), facts(using=MINE), "loosened"),
        (facts(using=MINE, with_check=LIVE), facts(using=MINE), "loosened"),
        (facts(using=MINE, with_check=LIVE), facts(using=MINE, with_check=MINE),
         "loosened"),
        (facts(using=MINE), facts("q", using=MINE), "removed"),
        (facts(using=MINE, kind="restrictive", roles="a, b"),
         facts(using=MINE, kind="restrictive", roles="a"), "loosened"),
    ],
)  # fmt: skip
def test_which_way(before: dict[str, str], after: dict[str, str], what: str) -> None:
    assert [v.what for v in compare(before, after) if v.what != "added"] == [what]


def test_second_permissive_policy_loosens() -> None:
    before, both = facts(using=MINE), facts(using=MINE) | facts("q", using="is_public")
    assert [(v.policy.name, v.what) for v in compare(before, both)] == [
        ("q", "loosened")
    ]


@pytest.mark.parametrize(
    "other",
    [
        facts("q", using=MINE, kind="restrictive"),
        facts("q", using=MINE, command="update"),
        facts("q", using=MINE, roles="todo_auth"),
    ],
)
def test_policy_for_something_else_is_added(other: dict[str, str]) -> None:
    found = compare(facts(using=MINE), facts(using=MINE) | other)
    assert [v.what for v in found] == ["added"]


def test_policies_of_a_new_table_do_not_loosen() -> None:
    after = facts(using=MINE) | facts("q", using="true")
    assert {v.what for v in compare({}, after)} == {"added"}


def test_policies_go_with_their_table() -> None:
    assert list(compare(facts(using=MINE), {})) == []
