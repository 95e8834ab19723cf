"""No answer to Alice tells what others have, and one that did would be noticed.

The long form is `make attack`; TODO_TEST_STATEMENTS says how many are tried here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.python.campaigns.oracle import mutants
from tests.python.campaigns.oracle.campaign import finds
from tests.python.campaigns.oracle.estimates import telling, without_statistics
from tests.python.campaigns.oracle.statements import Grammar
from tests.python.campaigns.oracle.timing import area
from tests.python.campaigns.oracle.vocabulary import read
from tests.python.campaigns.oracle.worlds import MIGRATED, Worlds, migrated, worlds
from tests.python.databases import as_app
from tools.postgres.server import Cluster, throwaway

STATEMENTS = int(os.environ.get("TODO_TEST_STATEMENTS", "2000"))
SEED = 1


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A server of its own: nothing else is to be in its buffers or its horizon."""
    with throwaway() as cluster:
        migrated(cluster)
        yield cluster


@pytest.fixture(scope="module")
def narrow(server: Cluster) -> Iterator[Worlds]:
    """Two databases in which every value lies within its row."""
    with worlds(server, narrow=True) as pair:
        yield pair


def test_a_seed_draws_the_same_statements(narrow: Worlds) -> None:
    with narrow.fresh() as pair:
        words = read(pair)
    one, other = Grammar(SEED, words), Grammar(SEED, words)
    assert [one.draw() for _ in range(50)] == [other.draw() for _ in range(50)]


def test_everything_of_others_differs(narrow: Worlds) -> None:
    """A column that is alike in both databases would never be found out."""
    with narrow.fresh() as pair:
        words = read(pair)
    same = {
        f"{table.name}.{column.name}"
        for table in words.tables.values()
        for column in table.columns
        if column.type in ("text", "uuid", "date", "timestamptz")
        and len(set(column.theirs)) == len(column.theirs) // 2
    }
    # Of closed sets, both have all values; parents are nobody's here.
    assert same <= {
        "tasks.status",
        "tasks.due_tz",
        "tasks.parent_id",
        "users.time_zone",
        "user_preferences.theme",
        "user_preferences.language",
        "user_preferences.profile_visibility",
    }


def test_nothing_is_told(server: Cluster) -> None:
    with worlds(server) as pair:
        found = next(finds(pair, STATEMENTS, SEED), None)
        assert found is None, found


@pytest.mark.parametrize("form", sorted(mutants.FORMS))
@pytest.mark.parametrize("raising", [True, False])
def test_a_weaker_policy_is_found(server: Cluster, form: str, raising: bool) -> None:
    change = mutants.put(mutants.FORMS[form]) + mutants.RAISING * raising
    with worlds(server, change=change, narrow=True) as pair:
        assert next(finds(pair, 1000, SEED), None)


def test_a_view_without_a_where_is_found(server: Cluster) -> None:
    """As a table: UNION ALL puts what costs nothing before the policy."""
    with worlds(server, change=mutants.BARE_VIEWS, narrow=True) as pair:
        assert next(finds(pair, 1000, SEED), None)


def test_what_estimates_still_tell(server: Cluster) -> None:
    """Nothing of words; of the rest no more than docs/decisions/0016 says."""
    words = without_statistics(server.url(MIGRATED))
    assert {"tasks.title", "tags.name", "users.email"} <= set(words)
    with worlds(server, analysed=True) as pair:
        assert set(telling(pair)) == {
            # How many rows a person has.
            "projects.user_id",
            "tags.user_id",
            "task_counts.user_id",
            "task_tags.user_id",
            "tasks.user_id",
            # The lowest and the highest value, and the commonest.
            "tags.id",
            "task_tags.tag_id",
            "task_tags.task_id",
            "tasks.completed_at",
            "tasks.deleted_at",
            "tasks.due_date",
            "tasks.id",
            "tasks.project_id",
            "tasks.start_date",
        }


def test_a_sample_of_words_is_found(server: Cluster) -> None:
    change = "alter table app_data.tasks alter title set statistics -1"
    differs = ["tasks.title"]
    with worlds(server, change=change, differs=differs, analysed=True) as pair:
        assert list(telling(pair)) == ["tasks.title"]


def test_time_tells_nothing(narrow: Worlds) -> None:
    with narrow.fresh() as (left, _):
        assert 0.35 < area(as_app(left), 150) < 0.65


def test_a_time_that_tells_is_found(server: Cluster) -> None:
    change = mutants.BARE_VIEWS
    with worlds(server, change=change, narrow=True) as pair, pair.fresh() as (left, _):
        assert area(as_app(left), 50) > 0.8
