"""Which foreign keys no index serves."""

from __future__ import annotations

import psycopg
import pytest

from tools.review.references import unserved

KEY = (
    "alter table s.things add constraint k foreign key (owner_id) references s.people;"
)
PAIR = (
    "alter table s.people add unique (id, email);"
    "alter table s.things add constraint k foreign key (owner_id, name)"
    " references s.people (id, email) not valid;"
)


@pytest.mark.parametrize(
    ("sql", "served"),
    [
        (KEY, False),
        (KEY + "create index on s.things (owner_id)", True),
        (KEY + "create index on s.things (owner_id, name)", True),
        (KEY + "create index on s.things (name, owner_id)", False),
        (KEY + "create index on s.things (owner_id) where owner_id is not null", True),
        (KEY + "create index on s.things (owner_id) where amount = 1", False),
        (KEY + "create index on s.things ((owner_id + 1))", False),
        (PAIR + "create index on s.things (name, owner_id)", True),
        (PAIR + "create index on s.things (owner_id)", False),
        (PAIR + "create index on s.things (owner_id, name)"
                " where owner_id is not null and name is not null", True),
        (PAIR + "create index on s.things (owner_id, name)"
                " where owner_id is not null and amount = 1", False),
    ],
)  # fmt: skip
def test_index_serves(url: str, sql: str, served: bool) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        before = unserved(connection)
        connection.execute(sql.encode())
        found = unserved(connection) - before
    assert [one.constraint for one in found] == ([] if served else ["k"])


def test_index_that_goes_is_missed(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(KEY.encode() + b"create index i on s.things (owner_id)")
        before = unserved(connection)
        connection.execute("drop index s.i")
        (one,) = unserved(connection) - before
    assert one.path == "table s.things: constraint k"
    assert "owner_id" in one.text
