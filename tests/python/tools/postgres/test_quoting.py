"""Names are quoted as the server quotes them."""

from __future__ import annotations

import psycopg
import pytest

from tools.postgres.quoting import plain, quoted
from tools.postgres.server import Cluster

NAMES = ("tasks", "_a1", "1a", "Tasks", "two words", 'say "so"', "größe", "order", "$a")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_that_name_to_the_server(cluster: Cluster, name: str) -> None:
    with psycopg.connect(cluster.url()) as connection:
        for written in (plain(name), quoted(name)):
            cursor = connection.execute(f"select 1 as {written}".encode())
            assert cursor.description is not None
            assert cursor.description[0].name == name
        (row,) = connection.execute("select quote_ident(%s)", [name])
        assert plain(name) == row[0]


def test_parts_are_joined_by_a_point() -> None:
    assert quoted("a", None, 'b"') == '"a"."b"""'
