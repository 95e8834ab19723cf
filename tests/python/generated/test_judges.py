"""What the models accept as JSON, ajv and jsonschema accept by the JSON Schema files.

TODO_TEST_CASES=1000 in the environment draws that many for each field and model. What
one takes and another refuses fails the test, but for what `excused` names with reasons.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tests.python.generated.judging import (
    Judge,
    Schema,
    Verdicts,
    judges,
    of_field,
    stored,
)
from tests.python.generated.test_limits import (
    BOUNDED,
    FIELDS,
    INPUTS,
    plain,
)
from tests.python.generated.writing import NASTY, edge_texts, objects, texts
from todo_models import RuleError, models
from todo_models._models import Input, Public

# A comparison of two values is more than JSON Schema can say.
UNSAID = {"tasks_due_date_is_not_before_start"}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judges() as judge:
        yield judge


@dataclass(frozen=True, slots=True)
class Case:
    """A JSON text, what the model makes of it, and what others say.

    Attributes:
        written: the value that the model read as it writes it; None if it refused.
        faults: why it refused, as pydantic's errors.
    """

    text: str
    written: str | None
    faults: list[Any]
    verdicts: Verdicts

    @property
    def agreed(self) -> bool:
        return self.verdicts == Verdicts(*[self.written is not None] * 2)


def excused(case: Case, again: Callable[[str], Verdicts]) -> bool:
    """The differences that are meant, and why."""
    if case.written is not None:
        # The model reads more spellings: "1" or true for 1, seconds for a date, braces
        # about a UUID. The schema asks for one: the value as the model writes it.
        return again(case.written) == Verdicts(True, True)
    if case.verdicts == Verdicts(ajv=False, python=True):
        # To jsonschema `$` is before a last newline, to ECMA 262 and the model it is
        # not, and what would mend that, (?!\n), RE2 does not know.
        return '\\n"' in case.text
    return case.verdicts == Verdicts(True, True) and (
        # Such a moment lies in year 0 or 10000 of UTC, so that Python has none for it.
        _errs(case, "value_error", "must lie between the years 1 and 9999 of UTC")
        or all(_rule(fault) in UNSAID for fault in case.faults)
    )


def _errs(case: Case, kind: str, words: str = "") -> bool:
    return all(f["type"] == kind and words in f["msg"] for f in case.faults)


def _rule(fault: Any) -> str | None:
    error = fault.get("ctx", {}).get("error")
    return error.constraint if isinstance(error, RuleError) else None


def compare(
    judge: Judge,
    schema: Schema,
    adapter: TypeAdapter[Any],
    drawn: st.SearchStrategy[str],
    first: Sequence[str] = (),
    phases: Collection[Phase] = (Phase.generate, Phase.shrink),
) -> set[bool]:
    """Raise AssertionError for a text that is judged apart; give the verdicts seen.

    Those of *first* are looked at before any is drawn.
    """
    judge.learn("it", schema)
    seen = set()

    def look(text: str) -> None:
        case = Case(text, *_read(adapter, text), judge.judge("it", text))
        seen.add(case.written is not None)
        if not case.agreed and not excused(case, lambda t: judge.judge("it", t)):
            raise AssertionError(f"judged apart: {case}")

    for text in (*first, *NASTY):
        look(text)
    how = settings(BOUNDED, phases=phases)
    how(seed(20260722)(given(drawn)(look)))()
    return seen


def _read(adapter: TypeAdapter[Any], text: str) -> tuple[str | None, list[Any]]:
    try:
        value = adapter.validate_json(text)
    except ValidationError as error:
        return None, list(error.errors())
    return adapter.dump_json(value, exclude_unset=True).decode(), []


def adapter_of(field: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(field.rebuild_annotation())


@pytest.mark.parametrize(
    ("model", "name"), FIELDS, ids=[f"{m.__name__}.{n}" for m, n in FIELDS]
)
def test_a_value_is_judged_alike(judge: Judge, model: type[Input], name: str) -> None:
    field = model.model_fields[name]
    schema = of_field(model.__name__, name)
    drawn, first = texts(model, name), edge_texts(model, name)
    seen = compare(judge, schema, adapter_of(field), drawn, first)
    assert seen == {True, False}, "the cases are too tame"


@pytest.mark.parametrize("model", INPUTS, ids=[m.__name__ for m in INPUTS])
def test_an_object_is_judged_alike(judge: Judge, model: type[Input]) -> None:
    schema = stored(model.__name__)
    seen = compare(judge, schema, TypeAdapter(model), objects(model))
    assert seen == {True, False}, "the cases are too tame"


PUBLICS = [
    value
    for value in vars(models).values()
    if isinstance(value, type) and issubclass(value, Public) and value is not Public
]
SHOWN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
    dt.time: st.times(),
}


@pytest.mark.parametrize("model", PUBLICS, ids=[m.__name__ for m in PUBLICS])
def test_what_is_shown_is_accepted(judge: Judge, model: type[Public]) -> None:
    """The schema of an output takes whatever the model writes."""
    judge.learn("it", stored(model.__name__))
    drawn = {
        name: st.one_of(
            st.none() if type(None) in get_args(field.annotation) else st.nothing(),
            SHOWN.get(plain(field), st.from_type(plain(field))),
        )
        for name, field in model.model_fields.items()
    }

    @BOUNDED
    @seed(20260722)
    @given(st.fixed_dictionaries(drawn))
    def look(values: dict[str, Any]) -> None:
        text = model.model_validate(values).model_dump_json()
        assert judge.judge("it", text) == Verdicts(True, True), text

    look()


@pytest.mark.parametrize(
    ("model", "name", "text"),
    [
        (models.TaskCreate, "priority", '"1"'),
        (models.TaskCreate, "parent_id", '"{01234567-89ab-cdef-0123-456789abcdef}"'),
        (models.TaskCreate, "position", '"a\\n"'),
        (models.TaskUpdate, "deleted_at", '"0001-01-01T00:00:00+01:00"'),
        (
            models.TaskUpdate,
            "",
            '{"start_date": "2030-01-02", "due_date": "2030-01-01"}',
        ),
    ],
)
def test_each_excuse_is_needed(
    judge: Judge, model: type[Input], name: str, text: str
) -> None:
    whole: TypeAdapter[Any] = TypeAdapter(model)
    adapter = adapter_of(model.model_fields[name]) if name else whole
    judge.learn(
        "it", of_field(model.__name__, name) if name else stored(model.__name__)
    )
    case = Case(text, *_read(adapter, text), judge.judge("it", text))
    assert not case.agreed
    assert excused(case, lambda other: judge.judge("it", other))
