"""Which WAL segments the archive should hold, and which of them it does not.

PgBackRest's `verify` reads what is there and overlooks what is not. Here the segments
are counted from where the oldest backup begins to the newest that was archived, along
the timelines that lead there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

SEGMENT: Final = re.compile(r"(?:.*/)?([0-9A-F]{24})(?:-[0-9a-f]{40})?(?:\.\w+)?")


@dataclass(frozen=True, order=True)
class Segment:
    """One file of the WAL.

    Attributes:
        timeline: its number.
        number: counted from the beginning of the WAL, in segments.
    """

    timeline: int
    number: int


def read(name: str, size: int) -> Segment:
    """Read a segment's name of 24 digits; *size* is the bytes of a segment."""
    per_high = (1 << 32) // size
    high, low = int(name[8:16], 16), int(name[16:24], 16)
    return Segment(int(name[:8], 16), high * per_high + low)


def write(segment: Segment, size: int) -> str:
    """Give the name of a segment."""
    high, low = divmod(segment.number, (1 << 32) // size)
    return f"{segment.timeline:08X}{high:08X}{low:08X}"


def switches(history: str) -> list[tuple[int, int]]:
    """Read a history file: each timeline and the byte where it was left."""
    found = re.findall(r"^(\d+)\s+([0-9A-F]+)/([0-9A-F]+)", history, re.MULTILINE)
    return [(int(t), (int(high, 16) << 32) + int(low, 16)) for t, high, low in found]


def wanted(
    first: Segment, newest: Segment, history: Iterable[tuple[int, int]], size: int
) -> Iterator[Segment]:
    """List what a recovery from *first* to *newest* reads.

    Args:
        first: where the backup begins.
        newest: the last one of the newest timeline.
        history: of the newest timeline.
        size: bytes of a segment.
    """
    number = first.number
    for timeline, left_at in history:
        if timeline < first.timeline:
            continue
        while number < left_at // size:
            yield Segment(timeline, number)
            number += 1
    while number <= newest.number:
        yield Segment(newest.timeline, number)
        number += 1


def missing(
    names: Iterable[str],
    starts: Mapping[str, tuple[str, str]],
    histories: Mapping[int, str],
    size: int,
) -> dict[str, list[str]]:
    """Give the segments that are missing, by whom they are missed.

    Args:
        names: of the segments in the archive.
        starts: first and last segment of each backup, by its label.
        histories: texts of the history files, by the timeline that each leads to.
        size: bytes of a segment.

    Returns:
        For a backup's label what it cannot be restored without; under `""` what lies
        between, without which no later moment can be reached.
    """
    there = {read(name, size) for name in names}
    if not starts:
        return {}
    lost: dict[str, list[str]] = {}
    for label, (start, stop) in starts.items():
        first, last = read(start, size), read(stop, size)
        own = wanted(first, last, switches(histories.get(last.timeline, "")), size)
        if gone := [write(one, size) for one in own if one not in there]:
            lost[label] = gone
    known = {name for names in lost.values() for name in names}
    oldest = min(read(start, size) for start, _ in starts.values())
    newest = max(there, default=oldest)
    path = wanted(oldest, newest, switches(histories.get(newest.timeline, "")), size)
    between = [write(one, size) for one in path if one not in there]
    if rest := [name for name in between if name not in known]:
        lost[""] = rest
    return lost


def older(names: Iterable[str], start: str, size: int) -> list[str]:
    """Give the segments before the oldest backup, which no restore reads."""
    first = read(start, size)
    return [
        name
        for name in names
        if read(name, size).number < first.number
        and read(name, size).timeline <= first.timeline
    ]
