"""Patterns mean in Python and in Pydantic what they mean in PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from pydantic import Field, TypeAdapter, ValidationError

from tools.codegen.regexes import Unportable, from_like, translate
from tools.postgres.server import Cluster

PATTERNS = [
    "^#[0-9a-f]{6}$",
    "^[^@ \\t\\n\\r]+@[^@ \\t\\n\\r]+$",
    "a",
    "^a",
    "a$",
    "^$",
    ".",
    "^.$",
    "^a.c$",
    "^(a|b)*c?$",
    "^(?:ab){2,3}$",
    "^[]a]+$",
    "^[^]a]+$",
    "^[a-]+$",
    "^[-a]+$",
    "^[a\\]b]+$",
    "^[&&]$",
    "^[a~~b]$",
    "^[[ab]$",
    "\\.",
    "^\\/$",
    "^a{2}$",
    "^a{2,}$",
    "^a{0,255}$",
    "^a*?$",
    "^\\u00e9$",
    "^\\x41$",
    "\\Aab\\Z",
    "^é|ß$",
    "^(a|)$",
    "^[\\u0041-\\u0043]$",
    "^\\$\\{\\}$",
    "[ -~]",
    "^[\\\\]$",
    "^a|b$",
]
CASELESS = ["^abc$", "[a-c]x", "^A1-z$", "^[xY]+$"]
REFUSED = [
    "\\d",
    "\\w+",
    "\\s",
    "[[:alpha:]]",
    "\\mword",
    "(?i)a",
    "***=a",
    "(a)\\1",
    "[[.a.]]",
    "a**",
    "*a",
    "(",
    "a)",
    "a{2",
    "[b-a]",
    "\\y",
    "a++",
    "[[=a=]]",
    "\\x123",
    "(?<=a)b",
]
TEXTS = [
    "",
    "a",
    "b",
    "c",
    "A",
    "ab",
    "ABC",
    "abc",
    "a\n",
    "\na",
    "\n",
    "aa",
    "a" * 256,
    "]",
    "^",
    "-",
    "&",
    "~",
    "[",
    "#00ff00",
    "#00ff00\n",
    "x@y",
    "x@y@z",
    "é",
    "É",
    "ß",
    "😀",
    "a.c",
    "a\nc",
    "abab",
    "ababab",
    ".",
    "/",
    "\\",
    "$",
    "${}",
    "B",
    "bx",
    "BX",
    "a1-Z",
    "xyXY",
    "K",
    "\u212a",
    "\x7f",
    " ",
    "\t",
]


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        yield connection


def there(connection: psycopg.Connection, pattern: str, sign: str) -> list[bool]:
    rows = connection.execute(
        f"select t {sign} %s from unnest(%s::text[]) with ordinality as u (t, n)"
        " order by n",
        (pattern, TEXTS),
    )
    return [row[0] for row in rows]


def in_python(pattern: str) -> list[bool]:
    return [re.search(pattern, text) is not None for text in TEXTS]


def in_pydantic(pattern: str) -> list[bool]:
    adapter: TypeAdapter[str] = TypeAdapter(str, config={"regex_engine": "rust-regex"})
    from typing import Annotated

    adapter = TypeAdapter(Annotated[str, Field(pattern=pattern)])
    found = []
    for text in TEXTS:
        try:
            adapter.validate_python(text)
            found.append(True)
        except ValidationError:
            found.append(False)
    return found


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_the_same_everywhere(
    connection: psycopg.Connection, pattern: str
) -> None:
    expected = there(connection, pattern, "~")
    assert in_python(translate(pattern, dialect="python")) == expected
    assert in_pydantic(translate(pattern, dialect="portable")) == expected


@pytest.mark.parametrize("pattern", CASELESS)
def test_case_is_ignored_as_there(connection: psycopg.Connection, pattern: str) -> None:
    expected = there(connection, pattern, "~*")
    assert in_python(translate(pattern, dialect="python", ignore_case=True)) == expected
    portable = translate(pattern, dialect="portable", ignore_case=True)
    assert in_pydantic(portable) == expected


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_depends_on_the_locale_or_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Unportable):
        translate(pattern, dialect="portable")


def test_looking_ahead_is_python_s_alone() -> None:
    assert re.search(translate("^(?=a)", dialect="python"), "ab")
    with pytest.raises(Unportable):
        translate("^(?=a)", dialect="portable")


@pytest.mark.parametrize(
    "pattern", ["a%", "%a", "_", "a\\%", "%\n%", "", "[a]%", "a.c"]
)
def test_like_finds_the_same(connection: psycopg.Connection, pattern: str) -> None:
    expected = there(connection, pattern, "like")
    assert in_python(from_like(pattern, dialect="python")) == expected


def test_like_that_ends_in_its_escape_is_refused() -> None:
    with pytest.raises(Unportable):
        from_like("a\\", dialect="python")
