"""JSON texts for fields and whole models: good ones, odd ones, and other types."""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.python.generated.judging import Schema, of_field
from tests.python.generated.test_limits import edges, strategy, taker
from todo_models._models import Input


@cache
def texts(model: type[Input], name: str) -> SearchStrategy[str]:
    """JSON texts for a field: values of its type, spelled oddly, and of other types."""
    drawn = strategy(model.model_fields[name])
    both = [make(v) for v in (drawn, *patterned(model, name)) for make in WRITERS]
    return st.one_of(nasty_texts(), good(model, name), *both)


def edge_texts(model: type[Input], name: str) -> list[str]:
    """JSON texts of the values at the field's bounds."""
    return [_written(value) for value in edges(model.model_fields[name])]


@cache
def good(model: type[Input], name: str) -> SearchStrategy[str]:
    """JSON texts that the field takes."""
    field = model.model_fields[name]
    drawn = patterned(model, name) or [strategy(field)]
    nothing = [st.just("null")] if taker(field)(None) else []
    return st.one_of(*nothing, *[json_texts(v.filter(taker(field))) for v in drawn])


def patterned(model: type[Input], name: str) -> list[SearchStrategy[Any]]:
    """Texts as the field's pattern in the file has them, if it has one."""
    described = of_field(model.__name__, name)
    found = [part["pattern"] for part in parts(described) if "pattern" in part]
    return [st.from_regex(pattern, fullmatch=True) for pattern in found]


def parts(schema: Schema) -> list[Schema]:
    """The schema itself, or what it is any of."""
    found: list[Schema] = schema.get("anyOf", [schema])
    return found


@st.composite
def objects(draw: st.DrawFn, model: type[Input]) -> str:
    """JSON texts of whole objects: most fields good, some left out, some odd."""
    chance = draw(st.randoms())
    share = draw(st.sampled_from([0.0, 0.3, 0.7, 1.0]))
    given = {}
    for name, field in model.model_fields.items():
        if field.is_required() or chance.random() < share:
            make = good if chance.random() < 0.97 else texts
            given[name] = draw(make(model, name))
    if given and chance.random() < 0.2:
        del given[chance.choice(sorted(given))]
    if chance.random() < 0.05:
        given[chance.choice(["user_id", "ID", "title ", ""])] = draw(nasty_texts())
    names = sorted(given)
    chance.shuffle(names)
    return "{" + ",".join(f"{json.dumps(name)}: {given[name]}" for name in names) + "}"


# JSON as no serialiser of ours writes it: numbers in other spellings, other types, the
# ends of what a number or a character can be.
NASTY = [
    "null", "true", "false", "[]", "{}", "0", "-0", "1", "1.0", "1e0", "10e-1", "0.1e1",
    "1.5", "4.0", "4.0000000000000001", "1e3", "1E400", "-1e400", "9007199254740993",
    "123456789012345678901234567890", "1e-400", '"1"', '"1.0"', '"true"', '"on"',
    '"null"', '[1]', '["todo"]', '{"": 1}', '"\\u0000"', '"a\\u0000b"', '"\\ud800"',
    '"\\udc00\\ud800"', '"a\\ud83d"', '"\\ud83d\\ude00"', '"\\u0041"', '"\\/"',
    '"\\n"', '"a\\n"', '"\\u2028"', '"\\u0085"', '"\\u200b"', '"\\ufeff"',
    '"2020-02-29"', '"2021-02-29"', '"2020-02-30"', '"0000-01-01"', '"1899-12-31"',
    '"1900-01-01"', '"2999-12-31"', '"3000-01-01"', '"2020-1-1"', '"20200101"',
    '"2020-01-01T00:00:00"', '"2020-02-30T00:00:00Z"', '"2020-01-01T00:00:00Z"',
    '"2020-01-01t00:00:00.5z"', '"2020-01-01T23:59:60Z"', '"2020-01-01T24:00:00Z"',
    '"2020-01-01T00:00:00+24:00"', '"2020-01-01T00:00:00-00:00"', '"1577836800"',
    '"0000-12-31T00:00:00Z"', '"0001-01-01T00:00:00+01:00"',
    '"2020-01-01T00:00:00Z\\n"',
    '"9999-12-31T23:59:59-01:00"', '"2020-01-01T00:00:00\\u221201:00"', "1577836800",
    '"10:00"', '"10:00:00,5"', '"10:00:00.1234567890123"', '"10:00Z"', '"24:00"',
    '"10:00:60"', '"10:00:00+01:00"', '"10"', '"1:00"', '"\\u0661\\u0660:00"',
    '"01234567-89ab-cdef-0123-456789abcdef"', '"01234567-89AB-CDEF-0123-456789ABCDEF"',
    '"0123456789abcdef0123456789abcdef"', '"{01234567-89ab-cdef-0123-456789abcdef}"',
    '"urn:uuid:01234567-89ab-cdef-0123-456789abcdef"', '"01234567-89ab-cdef-0123"',
    '"\\uff10\\uff11234567-89ab-cdef-0123-456789abcdef"',
]  # fmt: skip


def nasty_texts() -> SearchStrategy[str]:
    """JSON texts of all types, whatever the field."""
    free = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of(st.sampled_from(NASTY), st.builds(json.dumps, free))


def json_texts(drawn: SearchStrategy[Any]) -> SearchStrategy[str]:
    """The values of *drawn* as JSON, in which halves of surrogate pairs are escaped."""
    return st.builds(_written, drawn)


def spelled(drawn: SearchStrategy[Any]) -> SearchStrategy[str]:
    """The texts of *drawn* with a sign changed, added or taken away."""

    def change(value: Any, place: int, sign: str, cut: int) -> str:
        text = str(_as_json(value))
        at = place % (len(text) + 1)
        return _written(text[:at] + sign + text[at + cut :])

    places, cuts = st.integers(0, 40) | st.just(-1), st.integers(0, 1)
    return st.builds(change, drawn, places, st.sampled_from(SIGNS), cuts)


SIGNS = [*" \n\t0159-+:.,TtZz{}/aAgG\x00\xa0\u0661\uff10\u2212", "", "é", "\U0001f600"]


def _written(value: Any) -> str:
    text = json.dumps(_as_json(value), ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):x}", text)


def _as_json(value: Any) -> Any:
    """A value of Python as JSON has it."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


WRITERS = (json_texts, spelled)
