"""Values for the types of columns, with the corners that limits are about."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Blanks of all kinds, NUL, halves of surrogate pairs, signs beyond the first plane,
# letters whose case or width changes, and what patterns are made of.
ODD = " \t\n\r\f\v\x00\x1f\x7f\xa0\u2028\u200b\ufeff\ud800\udfff😀𝟘٣İıßＡ\u0301K#@-_./+"
SPECIALS = [
    "", " ", "\n", "\t \r\n",
    "\xa0",
    "\u2028",
    "\f",
    "\v",
    "\u3000", "\u2003", "\xad", "\u180e", "\u200b", "\u2060", "\ufeff", " \u200f ",
    "a\n", "\na", "a\x00", "\ud800", "😀" * 3, "UTC",
    "#000000", "#00000g", "#FFFFFF", "#abcdef\n", "a@b", "a@b\n", "@", "a b@c", "en",
    "pt-BR", "x-", "V", "a0", "0V", "zzzV",
]  # fmt: skip


def texts(bound: int | None) -> SearchStrategy[str]:
    """Texts, many of them of a length around *bound*."""
    odd = st.text(st.sampled_from(ODD + string.ascii_letters + string.digits))
    free = st.text(st.characters(exclude_categories=()), max_size=40)
    patterned = st.from_regex(r"\A#?[0-9a-fA-F]{0,8}(-[A-Za-z0-9]{1,9}){0,4}\n?\Z")
    choices = [odd, free, patterned, st.sampled_from(SPECIALS)]
    if bound is not None:
        sizes = st.integers(max(0, bound - 2), bound + 2)
        units = st.sampled_from(["a", "0", " ", "😀", "é", "V"])
        choices.append(st.builds(lambda unit, size: unit * size, units, sizes))
        tails = st.sampled_from(["", "x", "\x00", "0"])
        choices.append(
            st.builds(lambda u, size, tail: u * size + tail, units, sizes, tails)
        )
    return st.one_of(choices)


def integers(*bounds: int) -> SearchStrategy[int]:
    """Integers, many of them around *bounds* and the ends of PostgreSQL's types."""
    ends = [b for bits in (15, 31, 63) for b in (-(2**bits), 2**bits)]
    near = [b + d for b in [*bounds, *ends, 0] for d in (-2, -1, 0, 1, 2)]
    return st.one_of(st.sampled_from(near), st.integers(-20, 20), st.integers())


def dates(*bounds: dt.date) -> SearchStrategy[dt.date]:
    """Dates, many of them around *bounds*."""
    near = [b + dt.timedelta(d) for b in bounds for d in (-1, 0, 1)]
    corners = [dt.date.min, dt.date.max, dt.date(2000, 2, 29), *near]
    return st.one_of(st.sampled_from(corners), st.dates())


def instants() -> SearchStrategy[dt.datetime]:
    """Moments with and without a zone, at the ends of the calendar and of offsets."""
    zones = st.one_of(
        st.none(),
        st.timezones(),
        st.sampled_from([dt.timezone(dt.timedelta(hours=h)) for h in (-23, 14, 0)]),
    )
    return st.datetimes(timezones=zones)


def times() -> SearchStrategy[dt.time]:
    """Times of day, some with a zone."""
    return st.times(timezones=st.one_of(st.none(), st.just(dt.UTC)))


def values(annotation: Any, bounds: list[Any]) -> SearchStrategy[Any]:
    """Values of the plain Python type *annotation*, good and bad ones."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        members = [member.value for member in annotation]
        wrong = [*members, "", "x", members[0].upper(), members[0] + " ", "\x00"]
        return st.one_of(st.sampled_from(list(annotation)), st.sampled_from(wrong))
    sizes = [b for b in bounds if isinstance(b, int)]
    makers: dict[Any, Callable[[], SearchStrategy[Any]]] = {
        str: lambda: texts(max(sizes) if sizes else None),
        int: lambda: integers(*sizes),
        bool: st.booleans,
        dt.date: lambda: dates(*(b for b in bounds if isinstance(b, dt.date))),
        dt.datetime: instants,
        dt.time: times,
    }
    return makers[annotation]() if annotation in makers else st.from_type(annotation)
