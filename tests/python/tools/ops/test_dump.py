"""A dump holds every row or is not made, and is restored with every row."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.python.databases import as_app, copied
from tests.python.tools.ops.served import damaged, need
from tools.console import Failure
from tools.ops import packages
from tools.ops.backup import dump, state
from tools.postgres.cluster import Cluster


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A key pair: the file of the secret one, and the public one."""
    need("age", "age-keygen")
    file = tmp_path_factory.mktemp("key") / "key"
    subprocess.run([packages.find("age-keygen"), "-o", file], check=True)
    public = next(line for line in file.read_text().splitlines() if "public" in line)
    return file, dump.recipient_of(public.rpartition(" ")[2])


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """The superuser's address of an empty database."""
    with copied(cluster, "template0") as url:
        yield url


def test_every_row_is_dumped_and_restored(
    database: str, empty: str, key: tuple[Path, str], tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        before = dump.count(connection)
    assert before["app_data.tasks"] > 0 and before["app_data.users"] > 0
    file = dump.dump(database, tmp_path, key[1])
    assert b"PGDMP" not in file.read_bytes() and file.stat().st_mode & 0o777 == 0o600
    assert state.read(tmp_path / "state", "dump")["succeeded_at"]
    assert dump.restore(file, key[0], empty) == before
    with psycopg.connect(empty) as connection:
        assert (
            connection.execute("select * from app_private.miscounts").fetchall() == []
        )


def test_a_login_that_row_level_security_filters_is_refused(
    database: str, key: tuple[Path, str], tmp_path: Path
) -> None:
    """The owner sees no row under FORCE; pg_dump alone would say it of one table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create role dumper login password 'only-for-tests' inherit")
        connection.execute("grant todo_owner, todo_registrar to dumper")
        name = connection.info.dbname
        connection.execute(f"grant connect on database {name} to dumper".encode())
    try:
        with pytest.raises(Failure, match="does not see every row of app_"):
            dump.dump(as_app(database).replace("todo_app", "dumper"), tmp_path, key[1])
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("drop owned by dumper; drop role dumper")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert not state.read(tmp_path / "state", "dump")["ok"]


def test_a_damaged_dump_is_refused(
    database: str, empty: str, key: tuple[Path, str], tmp_path: Path
) -> None:
    file = dump.dump(database, tmp_path, key[1])
    with damaged(file), pytest.raises(Failure, match="is damaged"):
        dump.restore(file, key[0], empty)
    manifest = file.with_suffix(".json")
    told = json.loads(manifest.read_text())
    told["rows"]["app_data.tasks"] += 1  # a dump that holds a row less than there were
    manifest.write_text(json.dumps(told))
    with pytest.raises(
        Failure, match=r"other rows than were dumped in app_data\.tasks"
    ):
        dump.restore(file, key[0], empty)


def test_without_a_key_it_says_how_to_make_one() -> None:
    need("age-keygen")
    with pytest.raises(Failure) as caught:
        dump.recipient_of(None)
    assert "age-keygen -o key.txt" in str(caught.value.next)
