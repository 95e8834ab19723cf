"""What only bounds the database's work is left out of models, and nothing else is."""

from __future__ import annotations

import pytest

from tools.codegen import guards
from tools.codegen.expressions import conjuncts, parse, sql

PATTERN = "^#[0-9a-f]{6}$"


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (["octet_length(x) <= 40 and char_length(x) <= 10"], ["char_length(x) <= 10"]),
        (["octet_length(x) <= 40", "char_length(x) < 11"], ["char_length(x) < 11"]),
        # It refuses what the other does not: ten characters may have 40 bytes.
        (
            ["octet_length(x) <= 39 and char_length(x) <= 10"],
            ["octet_length(x) <= 39", "char_length(x) <= 10"],
        ),
        (["octet_length(x) <= 40"], ["octet_length(x) <= 40"]),
        (
            ["octet_length(x) <= 40", "char_length(y) <= 10"],
            ["octet_length(x) <= 40", "char_length(y) <= 10"],
        ),
        ([f"left(x, 8) ~ '{PATTERN}'"], [f"x ~ '{PATTERN}'"]),
        # Seven characters of a longer text match, too.
        ([f"left(x, 7) ~ '{PATTERN}'"], [f"\"left\"(x, 7) ~ '{PATTERN}'"]),
        (["left(x, 8) ~ '^#'"], ["\"left\"(x, 8) ~ '^#'"]),
        (["left(x, 8) ~ '^a|b$'"], ["\"left\"(x, 8) ~ '^a|b$'"]),
        (
            ["char_length(x) <= 10", "btrim(left(x, 10)) <> ''"],
            ["char_length(x) <= 10", "btrim(x) <> ''"],
        ),
        (
            ["char_length(x) <= 11", "btrim(left(x, 10)) <> ''"],
            ["char_length(x) <= 11", "btrim(\"left\"(x, 10)) <> ''"],
        ),
        (
            ["char_length(x) <= 10 or true", "left(x, 10) <> ''"],
            ["char_length(x) <= 10 OR true", "\"left\"(x, 10) <> ''"],
        ),
    ],
)
def test_what_is_left_of_checks(checks: list[str], said: list[str]) -> None:
    longest = guards.longest(checks)
    parts = [part for check in checks for part in conjuncts(parse(check))]
    left = [guards.without(part, longest) for part in parts]
    assert [sql(part) for part in left if part is not None] == [
        sql(parse(text)) for text in said
    ]
