"""A short campaign in every run; `make kills` is the long one."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.python.campaigns.kills.campaign import Tally, campaign
from tests.python.campaigns.kills.campaign import _mended as mended
from tests.python.campaigns.kills.campaign import _miscounted as miscounted
from tests.python.campaigns.kills.campaign import _unlike as unlike
from tests.python.campaigns.kills.ground import TASKS, Ground
from tests.python.campaigns.kills.history import IDS
from tools.postgres.throwaway import throwaway

KILLS = 4


def test_every_kill_is_mended_by_a_second_run() -> None:
    tally = campaign(KILLS, seed=3)
    assert tally.failures == []
    assert tally.count >= KILLS
    assert tally.converged == tally.kills


def test_a_database_that_is_not_mended_is_found(tmp_path: Path) -> None:
    """The judge itself is judged: each kind of damage has to be seen."""
    apply = TASKS[0]
    damages = {
        "insert into k.ledger values ('0002')": "steps:",
        "update k.rows set touched = 2 where id = 1": "rows:",
        "delete from todo_migrations._yoyo_log where operation = 'apply'": "log:",
        "drop index k.rows_id_idx": "rows_id_idx",
        "alter table k.rows drop column note cascade": "column note",
    }
    with throwaway() as cluster:
        ground = Ground(cluster, tmp_path)
        for damage, named in damages.items():
            with ground.database("damaged", "filled") as name:
                url = cluster.url(name)
                with psycopg.connect(url, autocommit=True) as session:
                    session.execute(damage.encode())
                found = mended(ground, apply, name)
                assert any(named in line for line in found), damage
        with ground.database("sound", "filled") as name:
            assert mended(ground, apply, name) == []


def test_each_record_is_read(tmp_path: Path) -> None:
    """What a second run would mend or refuse: marks, records, states, a lock."""
    last = f"where migration_id = '{IDS[-1]}'"
    damages = {
        "marks": f"delete from todo_migrations._yoyo_migration {last}",
        "records": f"delete from todo_migrations.files {last}",
        "states": f"update todo_migrations.files set state = 'running' {last}",
        "locks": "select pg_advisory_lock(7)",
    }
    with throwaway() as cluster:
        ground = Ground(cluster, tmp_path)
        for named, damage in damages.items():
            with (
                ground.database("damaged", "filled") as name,
                psycopg.connect(cluster.url(name), autocommit=True) as session,
            ):
                assert miscounted(session, "filled") == []
                session.execute(damage.encode())
                (line,) = miscounted(session, "filled")
                assert line.startswith(f"{named}: ")


@pytest.mark.parametrize(
    ("status", "files", "wrong"),
    [
        (0, {"0001_all.sql": "select 1"}, []),
        (1, {"0001_all.sql": "select 1"}, ["status 1"]),
        (0, {"0001_all.sql": ""}, ["0001_all.sql differs"]),
        (0, {}, ["0001_all.sql differs"]),
        (0, {"0001_all.sql": "select 1", "x.sql": ""}, ["x.sql differs"]),
    ],
)
def test_a_squash_is_looked_at_inside(
    tmp_path: Path, status: int, files: dict[str, str], wrong: list[str]
) -> None:
    for folder, texts in (("is", files), ("wanted", {"0001_all.sql": "select 1"})):
        (tmp_path / folder).mkdir()
        for name, text in texts.items():
            (tmp_path / folder / name).write_text(text)
    assert unlike(status, tmp_path / "is", tmp_path / "wanted") == wrong


@pytest.mark.parametrize(("found", "converged"), [([], 1), (["x"], 0)])
def test_a_tally_counts(found: list[str], converged: int) -> None:
    tally = Tally()
    tally.note(TASKS[0], "client", found)
    assert tally.count == 1
    assert tally.converged.total() == converged
    assert len(tally.failures) == len(found)
