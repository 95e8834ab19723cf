"""What other tools say: squawk, sqlfluff, plpgsql_check, and the generator."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.python.tools.migrate.folder import Folder
from tools.postgres import debian
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway
from tools.review import models, plpgsql
from tools.review.findings import Severity
from tools.review.linters import UNUSED, sqlfluff, squawk

BROKEN = """create function s.broken(p text) returns integer language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    return (select nothing from s.things);
end
$$"""


def keys(folder: Folder) -> set[str]:
    return {finding.key for file in folder.files()[1:] for finding in squawk(file)}


def test_squawk_speaks_of_its_line(folder: Folder) -> None:
    folder.add("0002_try_it", "alter table s.people rename column nick to name;")
    (one,) = squawk(folder.files()[1])
    assert one.key == "squawk/renaming-column"
    assert one.where.endswith("0002_try_it.sql:3")
    assert (one.file, one.severity) == ("0002_try_it", Severity.LOOK)


def test_squawk_knows_of_the_transaction(folder: Folder) -> None:
    sql = "create table s.{0} (a bigint); create index {0}_idx on s.{0} (a);"
    folder.add("0002_try_it", sql.format("one"))
    assert "squawk/require-concurrent-index-creation" not in keys(folder)
    header = "-- transactional: false\n"
    folder.add("0003_try_it", sql.format("two"), header=header)
    assert "squawk/require-concurrent-index-creation" in keys(folder)


def test_unused_rules_are_unused(folder: Folder) -> None:
    folder.add("0002_try_it", "create table s.fresh (a integer, b smallint);")
    assert keys(folder) & {f"squawk/{name}" for name in UNUSED} == set()


def test_sqlfluff_reads_both_directions(folder: Folder) -> None:
    folder.add("0002_try_it", "select  1;", "select  2;")
    found = {f.where.rpartition("/")[2]: f for f in sqlfluff(folder.files()[1:])}
    assert {"0002_try_it.sql:3", "0002_try_it.rollback.sql:1"} <= found.keys()
    assert {f.severity for f in found.values()} == {Severity.NOTE}


@pytest.fixture(scope="module")
def old_server() -> Iterator[Cluster]:
    """PostgreSQL with plpgsql_check, where Debian's packages are unpacked."""
    kit = debian.kit()
    if kit is None:
        pytest.skip("Debian's packages are not here: python -m tools.postgres.debian")
    with throwaway(kit.bin) as cluster:
        yield cluster


def test_plpgsql_check_finds_what_is_new(old_server: Cluster, folder: Folder) -> None:
    folder.add("0002_try_it", BROKEN)
    with psycopg.connect(old_server.url(), autocommit=True) as connection:
        connection.execute(folder.files()[0].sql.encode())
        before = plpgsql.check(old_server.url())
        connection.execute(BROKEN.encode())
        after = plpgsql.check(old_server.url())
        left = connection.execute(
            "select count(*) from pg_extension where extname = 'plpgsql_check'"
        ).fetchone()
    assert left == (0,)
    assert before is not None
    assert after is not None
    found = list(plpgsql.findings(before, after, folder.files()))
    errors = [one for one in found if one.severity == Severity.STOP]
    assert [one.key for one in errors] == ["plpgsql_check/error"]
    assert 'column "nothing" does not exist' in errors[0].text
    assert errors[0].where.endswith("0002_try_it.sql:6")
    assert list(plpgsql.findings(after, after, folder.files())) == []


def test_models_differ_by_the_column(blank: str, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "alter table app_data.tags add column motto text;"
            "grant select (motto) on app_data.tags to todo_user"
        )
    found = models.compare(blank, database)  # before it there were no models
    assert found.note == "" or "more lines" in found.note
    assert found.added > 0
    assert found.removed == 0


def test_generator_that_fails_is_a_note(blank: str) -> None:
    found = models.compare(blank, blank)
    assert found.note.startswith("The models could not be generated: ")
    assert found.text == ""
