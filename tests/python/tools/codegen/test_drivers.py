"""The toy schema through every driver: psycopg, its asynchronous twin, and psycopg2."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Session, select
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.python.tools.codegen.conftest import TOY, database_of
from tools.postgres.server import Cluster

MOMENT: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
DAY: Final = dt.timedelta(1)


def values(toy: ModuleType, *, later: bool) -> dict[str, Any]:
    """A value of every type; others for the update."""
    one = int(later)
    return {
        "mood": [toy.OtherMood.A, toy.OtherMood.B][one],
        "moods": [[], [toy.Mood.SO_SO, toy.Mood.WON_T_SAY]][one],
        "word": ["x", "abc"][one],
        "matrix": [[1, 2], [[1, 2], [3, 4]]][one],
        "during": Range(MOMENT + one * DAY, MOMENT + 2 * DAY, bounds="[)"),
        "spans": [Range(dt.date(2024, 1, 1 + one), dt.date(2024, 2, 1), bounds="[)")],
        "letter": "ab"[one],
        "flags": ["1010", "0101"][one],
        "bits": ["1", "0110"][one],
        "price": ["$1.50", "-$2.00"][one],
        "doc": ["<a/>", "<b>1</b>"][one],
        "address": ipaddress.ip_address(["::1", "10.0.0.1"][one]),
        "network": ipaddress.ip_network(["10.0.0.0/8", "::/0"][one]),
        "hardware": ["08:00:2b:01:02:03", "08:00:2b:01:02:04"][one],
        "lasts": dt.timedelta(days=1, seconds=one),
        "waits": dt.timedelta(hours=1 + one),
        "moment": dt.datetime(2024, 1, 1, 12, 0, one, 123000),
        "clock": dt.time(12, one, tzinfo=dt.UTC),
        "exact": [Decimal("1.50"), Decimal("-0.001")][one],
        "small": [0.5, -2.0][one],
        "code": ["abc", "x  "][one],
        "place": ["(1,2)", "(0,0)"][one],
        "spot": ["(1,2)", "(3,)"][one],
        "payload": [b"\x00\xff", b""][one],
        "key": ["name", "other"][one],
    }


# What SQLAlchemy cannot send through a driver at all.
UNSENT: Final = {"psycopg": (), "psycopg2": ("spans",)}


def sendable(
    toy: ModuleType, url: str, driver: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of both times without those that driver or server do not know."""
    unknown = set(UNSENT[driver])
    try:
        with psycopg.connect(url) as connection:
            connection.execute("select '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        unknown.add("doc")  # a server that was built without libxml
    first, second = (
        {
            name: value
            for name, value in values(toy, later=later).items()
            if name not in unknown
        }
        for later in (False, True)
    )
    return first, second


def assert_equal(row: Any, given: dict[str, Any], driver: str) -> None:
    for name, value in given.items():
        found = getattr(row, name)
        assert found == value, f"{name} through {driver}"


def use_functions(toy: ModuleType, session: Session) -> None:
    assert toy.functions.greet(session, "Ann") == "Hello Ann "
    assert toy.functions.greet(session, "Ann", 2) == "Hello Ann Hello Ann "
    ann = toy.Person(name="Ann", starts_on=dt.date(2020, 1, 1), team=toy.Team(name="R"))
    session.add(ann)
    session.flush()
    (found,) = toy.functions.team_of(session, ann.id)
    assert (found.team, found.name) == (ann.team_id, "R")
    assert ann.id in toy.functions.ids(session)
    crew = session.exec(select(toy.Crew).where(toy.Crew.id == ann.id)).one()
    assert (crew.name, crew.mood) == ("Ann", toy.Mood.SO_SO)


@pytest.fixture(scope="module")
def drivers_url(cluster: Cluster) -> Iterator[str]:
    """A database of this module's own: its sequences go on."""
    with database_of(cluster, "codegen_drivers", TOY.read_text("utf-8")) as url:
        yield url


@pytest.fixture(params=["psycopg", "psycopg2"])
def engine(request: pytest.FixtureRequest, drivers_url: str) -> Iterator[Engine]:
    url = make_url(drivers_url).set(drivername=f"postgresql+{request.param}")
    engine = create_engine(url)
    yield engine
    engine.dispose()


def test_every_type_is_written_read_and_changed(
    toy: ModuleType, engine: Engine, drivers_url: str
) -> None:
    first, second = sendable(toy, drivers_url, engine.driver)
    with Session(engine) as session:
        session.connection().execute(text("set time zone 'UTC'"))
        row = toy.Exotic(**first)
        session.add(row)
        session.flush()
        session.expire(row)
        assert_equal(row, first, engine.driver)
        for name, value in second.items():
            setattr(row, name, value)
        session.flush()
        session.expire(row)
        found = session.exec(select(toy.Exotic).where(toy.Exotic.id == row.id)).one()
        assert_equal(found, second, engine.driver)
        use_functions(toy, session)
        session.rollback()


async def test_every_type_is_written_read_and_changed_while_awaiting(
    toy: ModuleType, drivers_url: str
) -> None:
    url = make_url(drivers_url).set(drivername="postgresql+psycopg_async")
    engine = create_async_engine(url)
    first, second = sendable(toy, drivers_url, "psycopg")
    async with AsyncSession(engine) as session:
        await (await session.connection()).execute(text("set time zone 'UTC'"))
        row = toy.Exotic(**first)
        session.add(row)
        await session.flush()
        await session.refresh(row)
        assert_equal(row, first, "psycopg")
        for name, value in second.items():
            setattr(row, name, value)
        await session.flush()
        await session.refresh(row)
        assert_equal(row, second, "psycopg")
        assert await toy.functions_async.greet(session, "Ann", 2) == (
            "Hello Ann Hello Ann "
        )
        assert await toy.functions_async.ids(session) == []
        assert await toy.functions_async.ids(await session.connection()) == []
        await session.rollback()
    await engine.dispose()


def test_what_cannot_be_sent_says_so(toy: ModuleType, drivers_url: str) -> None:
    """No value is lost in silence: each of `UNSENT` is refused."""
    for driver, names in UNSENT.items():
        url = make_url(drivers_url).set(drivername=f"postgresql+{driver}")
        engine = create_engine(url)
        for name in names:
            with Session(engine) as session:
                session.add(toy.Exotic(**{name: values(toy, later=False)[name]}))
                with pytest.raises(ProgrammingError, match="can't adapt"):
                    session.flush()
        engine.dispose()


def test_the_values_are_of_every_type(toy: ModuleType) -> None:
    given = set(values(toy, later=False))
    kept = {"id", "serial_number", "vector"}  # which the database makes
    assert given | kept == set(toy.Exotic.model_fields)
