"""Bounds of `real`: a double is rounded to four bytes before a CHECK sees it.

A bound of the rounded number is a bound of the double too, only at another place: in
the middle between two reals, where rounding turns over.
"""

from __future__ import annotations

import math
import struct
from typing import Literal

Bound = Literal["ge", "gt", "le", "lt"]


def bound(kind: Bound, number: float) -> tuple[Bound, float]:
    """Give the bound of a double whose real is to keep the bound *kind* of *number*.

    Raises:
        ValueError: *number* is no finite double.
        OverflowError: it lies outside of what a real can be.
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} bounds nothing")
    upper = kind in ("le", "lt")
    last = _nearest(number)
    while not _keeps(kind, last, number):
        last = _next(last, down=upper)
    while _keeps(kind, _next(last, down=not upper), number):
        last = _next(last, down=not upper)
    middle = (last + _next(last, down=not upper)) / 2  # exact: it has one more bit
    rounds_in = _nearest(middle) == last
    if upper:
        return ("le" if rounds_in else "lt"), middle
    return ("ge" if rounds_in else "gt"), middle


def _keeps(kind: Bound, real: float, number: float) -> bool:
    kept = {
        "le": real <= number,
        "lt": real < number,
        "ge": real >= number,
        "gt": real > number,
    }
    return kept[kind]


def _nearest(number: float) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return found


def _next(real: float, *, down: bool) -> float:
    """The real below or above *real*."""
    if real == 0:
        (tiny,) = struct.unpack("<f", struct.pack("<I", 1))
        return -tiny if down else float(tiny)
    (bits,) = struct.unpack("<i", struct.pack("<f", real))
    bits += 1 if (real > 0) is not down else -1
    found: float = struct.unpack("<f", struct.pack("<i", bits))[0]
    return found
