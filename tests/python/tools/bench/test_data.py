"""The data are the same for the same seed, skewed, and true to the rules."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest

from tools.bench import loading
from tools.bench.data import NAMED, PIECE, TODAY, World
from tools.bench.place import Place


def test_the_same_seed_gives_the_same_rows() -> None:
    first, second = World(3000, seed=7), World(3000, seed=7)
    assert list(first.task_rows(0)) == list(second.task_rows(0))
    assert list(first.people_rows()) == list(second.people_rows())
    assert list(World(3000, seed=8).task_rows(0)) != list(first.task_rows(0))


def test_a_piece_needs_no_other_piece() -> None:
    world = World(PIECE + 10)
    assert list(World(PIECE + 10).task_rows(1)) == list(world.task_rows(1))
    assert len(list(world.task_rows(1))) == 10


@pytest.mark.parametrize("tasks", [2000, 100_000, 1_000_000, 10_000_000])
def test_there_are_so_many_tasks_and_the_named_spaces(tasks: int) -> None:
    world = World(tasks)
    assert sum(world.sizes) == tasks
    assert world.sizes[world.empty] == 0
    assert 5 < world.sizes[world.typical] < 200
    if tasks >= 1_000_000:
        assert world.sizes[:3] == list(NAMED)


def test_six_tenths_are_done_and_people_are_interleaved() -> None:
    rows = [line.split("\t") for line, _ in World(20_000).task_rows(0)]
    status = Counter(row[8] for row in rows)
    assert 0.55 < status["done"] / len(rows) < 0.65
    assert len({row[1] for row in rows[:200]}) > 20
    assert max(row[10] for row in rows if row[10] != r"\N") > TODAY.isoformat()


def test_what_is_loaded_is_as_if_it_had_been_written(small: Place) -> None:
    """Triggers were off while it was loaded; what they keep is right all the same."""
    with psycopg.connect(small.url) as connection:
        found = connection.execute("select * from app_private.miscounts").fetchall()
        orphans = connection.execute(
            "select t.id from app.tasks as t inner join app.tasks as p"
            " on t.user_id = p.user_id and t.parent_id = p.id"
            " where p.deleted_at is not null and t.deleted_at is null"
            " or p.project_id <> t.project_id"
        ).fetchall()
    assert not found
    assert not orphans


def test_a_load_that_was_cut_off_goes_on(
    small: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that is lost is done again, and none that is there."""
    with psycopg.connect(small.url, autocommit=True) as connection:
        connection.execute("delete from bench.steps where name = 'grown: tasks 0'")
        connection.execute("truncate grown.tasks cascade")
    done: list[str] = []
    filling = loading._filling

    def watched(system: str, piece: int | None = None) -> loading.Work:
        work = filling(system, piece)

        def noted(connection: psycopg.Connection) -> None:
            done.append(system)
            work(connection)

        return noted

    monkeypatch.setattr(loading, "_filling", watched)
    loading.load(small.url, small.world, small.systems, writer=False)
    assert done == ["grown"]
    with psycopg.connect(small.url) as connection:
        row = connection.execute("select count(*) from grown.tasks").fetchone()
    assert row == (2000,)
