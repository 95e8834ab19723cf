"""Calls every function of `corpus/routines.sql`, in a process of its own.

python -W error routines.py PACKAGE_DIRECTORY ADDRESS
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool


def main(directory: str, url: str) -> None:
    """Call them, and compare what they give."""
    sys.path.insert(0, directory)
    functions: Any = importlib.import_module("todo_models.functions")
    tables: Any = importlib.import_module("todo_models.tables")
    engine = create_engine(url, poolclass=NullPool)
    with Session(engine) as session:
        session.add(tables.Author(id=1, name="Ann"))
        session.flush()
        session.add(tables.Book(id=1, author_id=1, title="One"))
        session.flush()
        plain(functions, session)
        rows(functions, session)
        odd(functions, session)
        session.rollback()


def plain(functions: Any, session: Session) -> None:
    """Functions that give one value, or none."""
    assert functions.nothing(session) is None
    assert functions.number(session) == 1
    assert functions.add_integer_integer(session, 1, 2) == 3
    assert functions.total(session, [1, 2, 3]) == 6
    assert functions.longest(session, ["a", "abc"]) == 3
    assert functions.reserved(session, 1, "x", 2) == "x"
    assert functions.takes_pair(session, "(1,x)") == "x"
    assert functions.takes_pairs(session, ["(1,x)", "(2,y)"]) == 2
    assert functions.words(session) == ["a", "b"]
    assert functions.words(session, ["c"]) == ["c"]
    assert functions.moments(session) is not None
    assert functions.document(session, {"a": [1]}) == {"a": [1]}
    assert functions.shade_of(session) == "dark"
    assert functions.shade_of(session, "light", "x") == "light"
    assert functions.ranges(session, Range(1, 5)) == Range(1, 5)
    assert functions.unnamed(session, 1, "x") == "x"
    assert functions.act(session, 1) is None


def rows(functions: Any, session: Session) -> None:
    """Functions that give rows."""
    assert functions.halves(session, 5) == (2, 3)
    assert functions.swap(session, 1, "x") == (1, "x")
    assert functions.pairs(session, 2) == [(1, "1"), (2, "2")]
    assert functions.pair_of(session, 1, "x") == (1, "x")
    assert functions.first_book(session).title == "One"
    assert [book.title for book in functions.books_of(session, 1)] == ["One"]
    assert functions.listing(session, 1) == [(1, "x", 2)]
    assert functions.record_of(session) == [(1, "x")]


def odd(functions: Any, session: Session) -> None:
    """Names that are no names in Python."""
    assert functions.class_(session, 1, "me", "a", "b") == "me"
    assert functions.Odd_function(session, 3) == 3


if __name__ == "__main__":
    main(*sys.argv[1:])
