"""What the models accept is what PostgreSQL accepts, and the other way round.

The values at each bound come first: one less, the bound itself, and one more. Then
`make test` draws a bounded number of cases per limit and rule, and TODO_TEST_CASES=1000
in the environment that many (`make test-models`). Values that one side accepts and the
other refuses fail the test, but for the few that `excused` names, each with a reason.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import typing
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import annotated_types
import psycopg
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import inspect

import todo_models
from tests.python.generated.probing import Probe, probe, probes
from tests.python.generated.strategies import SPECIALS, values
from todo_models import models
from todo_models._models import Create, Input, RowRule, Update
from todo_models._values import Storable

CASES = int(os.environ.get("TODO_TEST_CASES", "25"))
BOUNDED = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
INPUTS = [
    value
    for name, value in sorted(vars(models).items())
    if isinstance(value, type)
    and issubclass(value, Input)
    and value not in (Create, Update)
]
FIELDS = [(model, name) for model in INPUTS for name in sorted(model.model_fields)]
RULES = [(model, rule) for model in INPUTS for rule in model.__rules__]


@pytest.fixture(scope="session")
def connection(shared_database: str) -> Iterator[psycopg.Connection]:
    with probes(shared_database) as connection:
        yield connection


def table_of(model: type[Input]) -> type[todo_models.Task]:
    name = model.__name__.removesuffix("Create").removesuffix("Update")
    table: type[todo_models.Task] = getattr(todo_models, name)
    return table


def column_of(model: type[Input], attribute: str) -> str:
    return str(inspect(table_of(model)).columns[attribute].name)


def probe_of(connection: psycopg.Connection, model: type[Input]) -> Probe:
    return probe(connection, str(table_of(model).__tablename__))


def plain(field: FieldInfo) -> Any:
    """The Python type below the limits and below None."""
    annotation = field.annotation
    arguments = [a for a in typing.get_args(annotation) if a is not type(None)]
    if type(None) in typing.get_args(annotation):
        annotation = arguments[0]
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def bounds(field: FieldInfo) -> list[Any]:
    """The numbers and dates at which the field's limits lie."""
    metadata = list(field.metadata)
    for argument in typing.get_args(field.annotation):
        metadata += getattr(argument, "__metadata__", ())
    found: list[Any] = []
    for item in metadata:
        for each in getattr(item, "metadata", [item]):
            for name in ("ge", "gt", "le", "lt", "max_length", "min_length"):
                if getattr(each, name, None) is not None:
                    found.append(getattr(each, name))
    return found


def edges(field: FieldInfo) -> list[Any]:
    """One less than each bound of *field*, the bound, and one more."""
    found: list[Any] = []
    for bound in bounds(field):
        for step in (-1, 0, 1):
            if isinstance(bound, dt.date):
                found.append(bound + dt.timedelta(step))
            elif plain(field) is str:
                found += [unit * (bound + step) for unit in ("a", "😀")]
            else:
                found.append(bound + step)
    return found


def strategy(field: FieldInfo) -> st.SearchStrategy[Any]:
    drawn = values(plain(field), bounds(field))
    return st.one_of(st.none(), drawn, drawn, drawn)


def taker(field: FieldInfo) -> Callable[[Any], bool]:
    """A function that says whether *field* takes a value."""
    read = reader(field)

    def takes(value: Any) -> bool:
        return read(value) is not REFUSED

    return takes


REFUSED = object()


def reader(field: FieldInfo) -> Callable[[Any], Any]:
    """A function that gives a value as *field* would hold it, or `REFUSED`."""
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())

    def read(value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError:
            return REFUSED

    return read


def excused(column: str, value: Any, model_takes: bool) -> bool:
    """The differences that are meant, and why."""
    if column in ("due_tz", "time_zone") and model_takes:
        return True  # which zones exist only the database knows: app.is_time_zone
    if isinstance(value, dt.datetime) and not model_takes:
        # Without a zone the server would guess one; and beyond year 1 or 9999 of UTC
        # a row could be stored that Python cannot read back.
        return value.tzinfo is None or not _in_calendar(value)
    # An offset that a column of type time would drop in silence.
    return isinstance(value, dt.time) and value.tzinfo is not None and not model_takes


def _in_calendar(moment: dt.datetime) -> bool:
    try:
        moment.astimezone(dt.UTC)
    except OverflowError:
        return False
    return True


def compare_values(
    connection: psycopg.Connection,
    model: type[Input],
    name: str,
    field: FieldInfo,
) -> None:
    """Raise AssertionError for a value that *field* and the database judge apart."""
    judge, column = probe_of(connection, model), column_of(model, name)
    read = reader(field)
    required = not inspect(table_of(model)).columns[name].nullable

    def compare(value: Any) -> None:
        held = read(value)
        here = held is not REFUSED
        there = judge.accepts(column, held if here else value)
        if value is None and required:
            there = False
        if here != there and not excused(column, value, here):
            raise AssertionError(
                f"{value!r}: the model {'takes' if here else 'refuses'} it,"
                f" the database {'takes' if there else 'refuses'} it"
            )

    for value in [*edges(field), *(SPECIALS if plain(field) is str else ())]:
        compare(value)
    drawn = given(strategy(field))(compare)
    seed(20260722)(BOUNDED(drawn))()


@pytest.mark.parametrize(
    ("model", "name"), FIELDS, ids=[f"{m.__name__}.{n}" for m, n in FIELDS]
)
def test_a_value_is_accepted_where_the_database_accepts_it(
    connection: psycopg.Connection, model: type[Input], name: str
) -> None:
    compare_values(connection, model, name, model.model_fields[name])


class Finished(StrEnum):
    """The statuses and one more."""

    TODO = "todo"
    DONE = "done"
    FINISHED = "finished"


VISIBLE = Field(max_length=500, pattern=r"[^ \t\n\r]")
LIES: list[tuple[str, Any]] = [
    ("title", Annotated[str, Field(max_length=501, pattern=r"[^ \t\n\r]"), Storable]),
    ("title", Annotated[str, Field(max_length=499, pattern=r"[^ \t\n\r]"), Storable]),
    ("title", Annotated[str, Field(max_length=500, pattern=r"\S"), Storable]),
    ("title", Annotated[str, Field(max_length=500), Storable]),
    ("title", Annotated[str, VISIBLE]),
    ("title", Annotated[str, VISIBLE, Storable] | None),
    ("priority", Annotated[int, Field(ge=1, le=5)]),
    ("priority", Annotated[int, Field(ge=1, lt=4)]),
    ("priority", Annotated[int, Field(ge=0, le=4)]),
    ("status", Finished),
    ("status", str),
    ("position", Annotated[str, Field(pattern="^[0-9A-Za-z]{1,200}$"), Storable]),
    ("position", Annotated[str, Field(pattern="[1-9A-Za-z]$"), Storable]),
    ("start_date", Annotated[dt.date, Field(ge=dt.date(1900, 1, 2))] | None),
    ("start_date", dt.date | None),
    ("parent_id", UUID),
    ("due_time", dt.time),
]


@pytest.mark.parametrize("number", range(len(LIES)))
def test_a_lie_is_found(connection: psycopg.Connection, number: int) -> None:
    """Were a limit translated wrongly, the test above would fail, with as few cases."""
    name, annotation = LIES[number]
    lie = FieldInfo.from_annotation(annotation)
    with pytest.raises(AssertionError, match=r"the model (takes|refuses) it"):
        compare_values(connection, models.TaskCreate, name, lie)


@pytest.mark.parametrize(
    ("model", "rule"), RULES, ids=[f"{m.__name__}-{r.constraint}" for m, r in RULES]
)
def test_a_rule_holds_where_the_check_holds(
    connection: psycopg.Connection, model: type[Input], rule: RowRule
) -> None:
    judge = probe_of(connection, model)
    columns = [column_of(model, name) for name in rule.attributes]
    checks = connection.execute(
        "select pg_get_expr(conbin, conrelid) from pg_constraint"
        " where conname = %s and conrelid = %s::regclass",
        (rule.constraint, f"app_data.{judge.table}"),
    ).fetchall()
    assert len(checks) == 1
    types: dict[str, str] = dict(
        connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0",
            (f"app_data.{judge.table}",),
        ).fetchall()
    )
    row = ", ".join(f'%s::{types[name]} as "{name}"' for name in columns)
    query = f"select ({checks[0][0]}) is not false from (select {row}) as r"
    drawn = [_valid(model, name) for name in rule.attributes]
    seen = set()

    @BOUNDED
    @seed(20260722)
    @given(st.tuples(*drawn), st.randoms())
    def compare(given_values: tuple[Any, ...], chance: random.Random) -> None:
        row = _related(given_values, chance)
        here = rule.holds(*row)
        there = connection.execute(query, [_sent(v) for v in row]).fetchone()
        assert there is not None
        assert here is there[0], f"{dict(zip(columns, row, strict=True))}"
        seen.add(here)

    compare()
    assert seen == {True, False} or rule.constraint in ALWAYS, (
        f"{rule.constraint} was only ever {seen}: the cases are too tame"
    )


# Rules that hold for everything that the application can send.
ALWAYS = {"projects_inbox_stays"}


def _sendable(value: Any) -> bool:
    return not isinstance(value, dt.datetime) or (
        value.tzinfo is not None and _in_calendar(value) and _near(value)
    )


def _near(moment: dt.datetime) -> bool:
    """Whether PostgreSQL takes the offset: less than 16 hours."""
    offset = moment.utcoffset()
    return offset is not None and abs(offset) < dt.timedelta(hours=16)


def _sent(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def _valid(model: type[Input], name: str) -> st.SearchStrategy[Any]:
    """Values that the column takes, and null where it may be null."""
    field = model.model_fields.get(name)
    if field is None:
        column = inspect(table_of(model)).columns[name]
        return values(column.type.python_type, []).filter(_sendable)
    takes = taker(field)
    nothing = st.none() if takes(None) else st.nothing()
    drawn = values(plain(field), bounds(field)).filter(takes)
    return st.one_of(nothing, drawn, drawn)


def _related(row: tuple[Any, ...], chance: random.Random) -> tuple[Any, ...]:
    """Now and then make two values equal or near: rules compare columns."""
    changed = list(row)
    if len(row) > 1 and chance.random() < 0.5:
        one, other = chance.sample(range(len(row)), 2)
        value = row[one]
        if type(value) is type(row[other]) and value is not None:
            changed[other] = value
            if type(value) is dt.date and chance.random() < 0.5:
                near = chance.choice([-1, 1])
                if dt.date.min < value < dt.date.max:
                    changed[other] = value + dt.timedelta(near)
    return tuple(changed)


def test_limits_are_many() -> None:
    """The tests above find what they are about."""
    assert len(FIELDS) > 40 and len(RULES) >= 8
    kinds = {
        type(each)
        for model, name in FIELDS
        for each in model.model_fields[name].metadata
    }
    assert annotated_types.MaxLen in kinds or kinds
