"""A bound of a real is a bound of the doubles that are rounded to it."""

from __future__ import annotations

import math
import operator
import struct

from hypothesis import given
from hypothesis import strategies as st

from tools.codegen import reals

HOLDS = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}


def rounded(number: float) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return found


@given(
    kind=st.sampled_from(["ge", "gt", "le", "lt"]),
    number=st.floats(-1e30, 1e30),
    steps=st.integers(-3, 3),
)
def test_a_double_keeps_it_where_its_real_does(
    kind: reals.Bound, number: float, steps: int
) -> None:
    found, limit = reals.bound(kind, number)
    near = [limit, number, rounded(number)]
    for start in near:
        double = start
        for _ in range(abs(steps)):
            double = _next(double, up=steps > 0)
        kept = HOLDS[kind](rounded(double), number)
        assert HOLDS[found](double, limit) is kept, (double, limit)


def _next(double: float, *, up: bool) -> float:
    return math.nextafter(double, math.inf if up else -math.inf)
