"""The toy schema: what the application's own has not, through to the database."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, create_engine, inspect, make_url, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Session, SQLModel, select

from tests.python.tools.codegen.conftest import database_of
from tools import catalog
from tools.postgres.server import Cluster


@pytest.fixture
def session(toy_engine: Engine) -> Iterator[Session]:
    with Session(toy_engine) as session:
        yield session
        session.rollback()


@pytest.fixture
def team(toy: ModuleType, session: Session) -> Any:
    row = toy.Team(name="Red")
    session.add(row)
    session.flush()
    return row


def test_defaults_and_generated_keys_come_back(toy: ModuleType, team: Any) -> None:
    assert team.id > 0
    assert (team.mood, team.budget, team.labels) == (toy.Mood.SO_SO, 0, [])
    assert team.founded_on == dt.date(2000, 1, 1)
    assert team.settings is None


def test_an_omitted_json_value_is_null_and_not_json_null(
    session: Session, team: Any
) -> None:
    row = session.connection().execute(text("select settings is null from toy.teams"))
    assert row.scalar_one() is True


def test_labels_that_differ_in_signs_alone_are_members_of_their_own(
    toy: ModuleType,
) -> None:
    assert {m.name: m.value for m in toy.Mood} == {
        "SO_SO": "so so",
        "SO_SO_": "so-so",
        "WON_T_SAY": "won't say",
        "EMPTY": "",
    }


def test_names_that_python_or_pydantic_keeps_are_changed_and_aliased(
    toy: ModuleType, session: Session
) -> None:
    columns = {c.name: a.key for a in inspect(toy.Copy).column_attrs for c in a.columns}
    assert columns == {
        "copy": "copy_",
        "metadata": "metadata_",
        "model_config": "model_config_",
        "_x": "x",
        "2fa": "n2fa",
        "class": "class_",
        "text": "text",
        "date": "date",
        "uuid": "uuid",
        'Won\'t "do"': "Won_t_do",
    }
    made = toy.CopyCreate.model_validate(
        {"copy": 1, "_x": 2, "2fa": True, "class": "c"}
    )
    row = made.to_row()
    session.add(row)
    session.flush()
    assert (row.copy_, row.x, row.n2fa, row.class_, row.text) == (
        1,
        2,
        True,
        "c",
        "a:b",
    )
    shown = toy.CopyPublic.model_validate(row).model_dump(by_alias=True)
    assert (shown["copy"], shown["2fa"], shown["class"]) == (1, True, "c")


def test_a_null_that_is_given_wins_over_the_default(
    toy: ModuleType, session: Session
) -> None:
    row = toy.CopyCreate.model_validate({"copy": 1, "text": None}).to_row()
    session.add(row)
    session.flush()
    session.refresh(row)
    assert row.text is None


def test_several_references_to_one_table_have_names_of_their_own(
    toy: ModuleType,
) -> None:
    names = {one.key for one in inspect(toy.Person).relationships}
    assert {"boss", "mentor", "people_by_boss", "people_by_mentor"} <= names
    assert {"passport", "team", "likes", "teams"} <= names


def test_one_to_one_by_a_shared_key(toy: ModuleType, session: Session) -> None:
    ann = toy.Person(name="Ann", starts_on=dt.date(2020, 1, 1))
    ann.passport = toy.Passport(number="AB1")
    session.add(ann)
    session.flush()
    assert ann.passport.person_id == ann.id
    assert ann.passport.person is ann


def test_a_link_with_a_column_of_its_own_is_made_through_its_class(
    toy: ModuleType, session: Session, team: Any
) -> None:
    ann = toy.Person(name="Ann", starts_on=dt.date(2020, 1, 1))
    session.add(toy.Like(person=ann, team=team, since=dt.date(2024, 1, 1)))
    session.flush()
    session.expire_all()
    assert ann.teams == [team]
    assert inspect(toy.Person).relationships["teams"].viewonly


def test_a_table_without_a_key_has_no_class(toy: ModuleType) -> None:
    assert not hasattr(toy, "Keyless")


VALUES: dict[str, list[Any]] = {
    "name": ["Red", "admin", "system1", "x" * 41, "", "sys"],
    "labels": [[], ["a"] * 5, ["a"] * 6],
    "settings": [None, {}, {"a": [1]}, [], "a", 1, True, {"a": "\0"}],
    "budget": [
        Decimal(n)
        for n in ("0", "-0.004", "-0.005", "999999.994", "999999.995", "NaN", "1e6")
    ],
    "share": [None, *(Decimal(n) for n in ("0", "100", "100.004", "100.005", "-1"))],
    "mood": ["so so", "so-so", "", "happy"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in VALUES.items() for v in values]
)
def test_a_team_is_accepted_where_the_database_accepts_it(
    toy: ModuleType, toy_engine: Engine, name: str, value: Any
) -> None:
    given = {"name": "Blue", name: value}
    try:
        row = toy.TeamCreate.model_validate(given).to_row()
        here = True
    except ValidationError:
        row, here = toy.Team(**given), False
    with Session(toy_engine) as session:
        try:
            session.add(row)
            session.flush()
            there = True
        except Exception:
            there = False
        session.rollback()
    if isinstance(value, Decimal) and value.is_nan():
        assert there and not here, (
            "numeric takes NaN; the model refuses what JSON lacks"
        )
    else:
        assert here is there


def test_rules_of_several_columns(toy: ModuleType, session: Session) -> None:
    day = dt.date(2020, 1, 1)
    with pytest.raises(ValidationError, match="people_check"):
        toy.PersonCreate(name="Ann", starts_on=day, ends_on=day)
    with pytest.raises(ValidationError, match="num_nonnulls"):
        toy.PersonCreate(name="Ann", starts_on=day, boss_id=1)
    ann = toy.PersonCreate(name="Ann", starts_on=day).to_row()
    session.add(ann)
    session.flush()
    change = toy.PersonUpdate(ends_on=day)
    with pytest.raises(ValueError, match="people_check") as broken:
        change.apply(ann)
    assert broken.value.constraint.startswith("people_check")  # type: ignore[attr-defined]
    assert ann.ends_on is None, "nothing is set where a rule is broken"


def test_the_docstring_counts_what_only_the_database_says(toy: ModuleType) -> None:
    assert "Enforced by the database only (1)" in toy.PassportCreate.__doc__
    assert "\\d" in toy.PassportCreate.__doc__
    toy.PassportCreate(person_id=1, number="anything")


def test_views_are_read_and_never_written(
    toy: ModuleType, session: Session, team: Any
) -> None:
    ann = toy.Person(name="Ann", starts_on=dt.date(2020, 1, 1), team=team)
    session.add(ann)
    session.flush()
    crew = session.exec(select(toy.Crew)).one()
    assert (crew.name, crew.team, crew.mood) == ("Ann", "Red", toy.Mood.SO_SO)
    with pytest.raises(TypeError, match="can only be read"):
        crew.name = "Bob"
    with pytest.raises(TypeError, match="can only be read"):
        toy.Crew(name="Bob")
    session.delete(crew)
    with pytest.raises(TypeError, match="can only be read"):
        session.flush()
    assert not any("crew" in name for name in SQLModel.metadata.tables)


def test_view_columns_are_null_only_where_they_can_be(toy: ModuleType) -> None:
    nullable = {
        view: {
            name for name, f in model.model_fields.items() if _optional(f.annotation)
        }
        for view, model in (
            ("crew", toy.Crew),
            ("sizes", toy.Size),
            ("names", toy.Name),
        )
    }
    assert nullable == {
        "crew": {"ends_on", "team", "mood", "loud"},
        "sizes": {"team_id"},
        "names": {"salary"},
    }


def _optional(annotation: Any) -> bool:
    return type(None) in getattr(annotation, "__args__", ())


def test_functions_are_callables(toy: ModuleType, session: Session, team: Any) -> None:
    functions = toy.functions
    assert functions.greet(session, "Ann") == "Hello Ann "
    assert functions.greet(session, "Ann", 2) == "Hello Ann Hello Ann "
    ann = toy.Person(name="Ann", starts_on=dt.date(2020, 1, 1), team=team)
    session.add(ann)
    session.flush()
    (found,) = functions.team_of(session, ann.id)
    assert (found.team, found.name) == (team.id, "Red")
    assert functions.ids(session) == [ann.id]
    with pytest.raises(ValueError, match=r"toy\.greet returned null"):
        functions.greet(session, None)


async def test_functions_can_be_awaited(toy: ModuleType, toy_url: str) -> None:
    url = make_url(toy_url).set(drivername="postgresql+psycopg")
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await toy.functions_async.greet(connection, "Ann") == "Hello Ann "
    await engine.dispose()


def test_create_all_makes_the_same_tables(
    toy: ModuleType, toy_url: str, cluster: Cluster
) -> None:
    """Tables, types, keys, checks, references, indexes and comments, fact for fact."""
    # What the tables lean on and do not carry: schemas, composites, inner domains.
    script = (
        "create schema toy; create schema other;"
        "create type toy.point as (x integer, y integer);"
        "create domain toy.short as text check (length(value) <= 5)"
    )
    with database_of(cluster, "codegen_copy", script) as url:
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
        tables = [t for t in SQLModel.metadata.sorted_tables if t.schema == "toy"]
        SQLModel.metadata.create_all(engine, tables)
        engine.dispose()
        kinds = ("columns", "constraints", "indexes", "comments")
        made = _tables_only(catalog.facts(url, schemas=["toy"], kinds=kinds))
        original = _tables_only(catalog.facts(toy_url, schemas=["toy"], kinds=kinds))
    differing = {
        key: (original.get(key), made.get(key))
        for key in original.keys() | made.keys()
        if original.get(key) != made.get(key)
    }
    assert differing == {}


def _tables_only(facts: dict[str, str]) -> dict[str, str]:
    """Facts of tables that have a class, without what SQLAlchemy has no place for."""
    return {
        key: value
        for key, value in facts.items()
        if key.startswith("table toy.")
        and not key.startswith("table toy.keyless")
        and not (": index " in key and key.endswith(": comment"))
        and not key.startswith("table toy.logs_2024")
        and "partition" not in key
    }


def test_exotic_types_come_back_as_they_went(toy: ModuleType, session: Session) -> None:
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    given = {
        "mood": toy.OtherMood.A,
        "moods": [],
        "matrix": [1, 2],
        "during": Range(moment, moment + dt.timedelta(1), bounds="[)"),
        "flags": "1010",
        "address": ipaddress.ip_address("::1"),
        "waits": dt.timedelta(hours=1),
        "moment": dt.datetime(2024, 1, 1, 12, 0, 0, 123000),
        "exact": Decimal("1.50"),
        "code": "abc",
        "payload": b"\x00\xff",
    }
    row = toy.Exotic(**given)
    session.add(row)
    session.flush()
    session.refresh(row)
    assert {name: getattr(row, name) for name in given} == given
    assert (row.id, row.serial_number, row.word) == (10, 1, "x")
    shown = toy.ExoticPublic.model_validate(row)
    assert shown.during == given["during"]
    assert "abc" in row.vector


def test_a_domain_s_rules_hold_for_its_columns(toy: ModuleType) -> None:
    for word, fits in (("abcde", True), ("abcdef", False), ("", False)):
        try:
            toy.ExoticCreate(word=word)
            assert fits
        except ValidationError:
            assert not fits


def test_partitions_are_no_classes_of_their_own(toy: ModuleType) -> None:
    assert hasattr(toy, "Log") and not hasattr(toy, "Logs2024")
