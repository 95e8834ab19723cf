"""The data of every measurement: skewed as people are, the same for the same seed.

People have Zipf's sizes beside three spaces of 500,000, 50,000 and 14,000 tasks (as far
as half of all tasks allow each). Six tenths of the tasks are done, the older the more;
one in eight is a subtask, three in ten carry tags, one in fifty is in the trash. Tasks
of all people are interleaved in time, as they are on a disk that lives.

A piece of the tasks is made from the seed and its number alone, so that a load that was
cut off goes on where it was.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

NAMED: Final = (500_000, 50_000, 14_000)
TODAY: Final = date(2026, 7, 1)  # of the data; queries are told it
PIECE: Final = 100_000  # tasks of one transaction
RARE: Final = "quokka"  # a word of one task in two thousand
_DAYS: Final = 1100
_VERSION: Final = 0x7000_8000_0000_0000_0000  # of a UUID, and its variant
_WRITER: Final = 3000  # tasks that the table of figures completes, one by one
_STATUS: Final = ("todo",) * 7 + ("in_progress", "review", "blocked")
_SYLLABLES: Final = "ba ce di fo gu ha ki lo mu ne pa ri so tu va we xi yo za".split()

Row = tuple[object, ...]


@dataclass(frozen=True)
class World:
    """So many tasks of so many people.

    Args:
        tasks: how many tasks in all, from 2,000.
        seed: what the rest follows from.
        spaces: the large ones beside Zipf's.
    """

    tasks: int
    seed: int = 1
    spaces: tuple[int, ...] = NAMED

    @cached_property
    def sizes(self) -> list[int]:
        """Tasks of each person; the named spaces first, then Zipf, then nobody's."""
        named = [size for size in self.spaces if size <= self.tasks // 2]
        if not named:
            named = [self.tasks // 4]
        while sum(named) > self.tasks * 9 // 10:
            named.pop(1)
        rest = self.tasks - sum(named)
        people = max(rest // 70, 10)
        weights = [1 / (rank + 8) ** 0.9 for rank in range(people)]
        share = rest / sum(weights)
        sizes = [int(weight * share) for weight in weights]
        sizes[0] += rest - sum(sizes)
        return [*named, *sizes, 0, 0]

    @property
    def large(self) -> int:
        """The person with the most tasks."""
        return 0

    @cached_property
    def middle(self) -> int:
        """The person with 14,000 tasks, or who comes next to it."""
        sizes = self.sizes
        return min(range(len(sizes)), key=lambda who: abs(sizes[who] - NAMED[-1]))

    @cached_property
    def typical(self) -> int:
        """The person in the middle of all who have tasks."""
        named = sum(size >= self.spaces[-1] for size in self.sizes)
        return (named + len(self.sizes)) // 2

    @property
    def empty(self) -> int:
        """A person without a task."""
        return len(self.sizes) - 1

    @property
    def writer(self) -> int:
        """The person whose tasks are written by the table of figures."""
        return len(self.sizes) - 2

    @cached_property
    def people(self) -> list[UUID]:
        """The id of each person: random, as sign-up does not order them."""
        rng = random.Random(f"{self.seed} people")  # noqa: S311 - not a secret
        return [UUID(int=rng.getrandbits(128), version=4) for _ in self.sizes]

    @cached_property
    def first_project(self) -> array[int]:
        """The number of each person's inbox; the other projects follow it."""
        return _starts(min(2 + size // 60, 300) for size in self.sizes)

    @cached_property
    def first_tag(self) -> array[int]:
        """The number of each person's first tag; the others follow it."""
        return _starts(min(5 + size // 100, 100) for size in self.sizes)

    @cached_property
    def words(self) -> list[str]:
        """Two thousand words, the frequent ones first."""
        rng = random.Random(f"{self.seed} words")  # noqa: S311 - not a secret
        found = {"".join(rng.choices(_SYLLABLES, k=3)) for _ in range(4000)}
        return sorted(found)[:2000]

    @cached_property
    def owners(self) -> array[int]:
        """The person of each task, in order of time."""
        found = array("i")
        for person, size in enumerate(self.sizes):
            found.extend([person] * size)
        random.Random(f"{self.seed} owners").shuffle(found)  # noqa: S311
        return found

    @property
    def pieces(self) -> int:
        """How many pieces the tasks come in."""
        return -(-self.tasks // PIECE)

    def people_rows(self) -> Iterator[Row]:
        """Give number, id and size of each person."""
        for n, (person, size) in enumerate(zip(self.people, self.sizes, strict=True)):
            yield n, person, size

    def project_rows(self) -> Iterator[Row]:
        """Give number, person, id, random id and name; inboxes have the person's id."""
        rng = random.Random(f"{self.seed} projects")  # noqa: S311 - not a secret
        first = self.first_project
        for who, person in enumerate(self.people):
            for n in range(first[who], first[who + 1]):
                at = 1_690_000_000_000 + n * 1000
                id7 = person if n == first[who] else _uuid7(at, rng.getrandbits(74))
                id4 = UUID(int=rng.getrandbits(128), version=4)
                yield n, who, id7, id4, f"Project {n - first[who]}"

    def tag_rows(self) -> Iterator[Row]:
        """Give number, person, id, random id and name."""
        rng = random.Random(f"{self.seed} tags")  # noqa: S311 - not a secret
        first = self.first_tag
        for who in range(len(self.people)):
            for n in range(first[who], first[who + 1]):
                id7 = _uuid7(1_690_000_000_000 + n * 1000, rng.getrandbits(74))
                id4 = UUID(int=rng.getrandbits(128), version=4)
                yield n, who, id7, id4, f"tag {n - first[who]}"

    def task_rows(self, piece: int) -> Iterator[tuple[str, list[Row]]]:
        """Give each task of a piece as a line of COPY's text, and its tags' rows."""
        rng = random.Random(f"{self.seed} tasks {piece}")  # noqa: S311 - not a secret
        draw, bits = rng.random, rng.getrandbits
        owners, words, days = self.owners, self.words, self._days
        projects, tags = self.first_project, self.first_tag
        tops: dict[int, int] = {}
        step = _DAYS * 86_400_000 / self.tasks
        start = (TODAY - date(1970, 1, 1)).days * 86_400_000 - _DAYS * 86_400_000
        vocabulary = len(words)
        for n in range(piece * PIECE, min((piece + 1) * PIECE, self.tasks)):
            who = owners[n]
            lot = draw()
            project = projects[who] + int(
                (projects[who + 1] - projects[who]) * lot * lot
            )
            parent = tops.get(project) if lot * 997 % 1 < 0.125 else None
            trash = draw() < 0.02
            if parent is None and not trash:  # no live task stands below a deleted one
                tops[project] = n
            title = " ".join(
                words[int(vocabulary * draw() ** 3)] for _ in range(3 + int(draw() * 4))
            )
            if draw() < 0.0005:
                title += f" {RARE}"
            age = n / self.tasks
            done = draw() < 0.8 - 0.4 * age
            at = int(start + n * step)
            status = "done" if done else _STATUS[int(draw() * 10)]
            day = at // 86_400_000
            due = days[day + int(draw() * 60)] if draw() < 0.5 else r"\N"
            left = self._end - at // 1000
            completed = (
                str(at // 1000 + int(draw() * min(left, 2_000_000))) if done else r"\N"
            )
            above = r"\N" if parent is None else parent
            lot = draw()
            priority = 4 if lot < 0.6 else 3 if lot < 0.8 else 2 if lot < 0.92 else 1
            random7, random4 = bits(74), bits(128)
            note = "" if draw() < 0.7 else f"{title}; {title}"
            lot = draw()
            marks: list[Row] = []
            if lot < 0.3:
                count = tags[who + 1] - tags[who]
                marks.append((n, tags[who] + int(count * draw() ** 2)))
                if lot < 0.1:
                    other = (n, tags[who] + int(count * draw()))
                    if other != marks[0]:
                        marks.append(other)
            yield (
                (
                    f"{n}\t{who}\t{project}\t{above}"
                    f"\t{at << 80 | _VERSION | _spread(random7):032x}"
                    f"\t{random4:032x}\t{title}\t{note}\t{status}\t{priority}\t{due}"
                    f"\t{at / 1000}\t{completed}\t{'t' if trash else 'f'}\n"
                ),
                marks,
            )

    @cached_property
    def _days(self) -> dict[int, str]:
        first = (TODAY - date(1970, 1, 1)).days - _DAYS
        return {
            day: (date(1970, 1, 1) + timedelta(day)).isoformat()
            for day in range(first - 1, first + _DAYS + 70)
        }

    @property
    def _end(self) -> int:
        return (TODAY - date(1970, 1, 1)).days * 86_400


def writer_id(n: int) -> UUID:
    """Return the id of the writer's task *n*: pgbench can make decimals, not hex."""
    return UUID(f"c0000000-0000-7000-8000-{n:012d}")


WRITERS: Final = range(1, _WRITER + 1)


def _spread(bits: int) -> int:
    """Put 74 random bits around the variant of a UUID."""
    return (bits >> 62 << 64) | (bits & ((1 << 62) - 1))


def _uuid7(milliseconds: int, bits: int) -> UUID:
    value = milliseconds << 80 | _VERSION | _spread(bits)
    return UUID(int=value)


def _starts(counts: Iterator[int]) -> array[int]:
    found, total = array("i", [0]), 0
    for count in counts:
        total += count
        found.append(total)
    return found
