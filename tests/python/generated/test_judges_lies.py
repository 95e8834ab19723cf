"""Were a limit looser or tighter in a JSON Schema file, as many cases would find it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase
from pydantic import TypeAdapter

from tests.python.generated.judging import Judge, judges, of_field, stored
from tests.python.generated.test_judges import adapter_of, compare
from tests.python.generated.writing import edge_texts, objects, texts
from todo_models import models
from todo_models._models import Input


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judges() as judge:
        yield judge


def changed(schema: Any, key: str, value: Any) -> Any:
    """Put *value* for *key* everywhere; None takes the key away."""
    if isinstance(schema, list):
        return [changed(each, key, value) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {k: changed(v, key, value) for k, v in schema.items() if k != key}
    return {**found, key: value} if key in schema and value is not None else found


STATES = ["todo", "in_progress", "review", "done", "blocked"]
LIES: list[tuple[str, str, str, Any]] = [
    ("TaskCreate", "title", "maxLength", 501),
    ("TaskCreate", "title", "maxLength", 499),
    ("TaskCreate", "title", "maxLength", None),
    ("TaskCreate", "title", "pattern", "\\S"),
    ("TaskCreate", "title", "pattern", None),
    ("TaskCreate", "title", "not", None),
    ("TaskCreate", "title", "not", {"pattern": "\x00"}),
    ("TaskCreate", "priority", "maximum", 5),
    ("TaskCreate", "priority", "minimum", 0),
    ("TaskCreate", "priority", "minimum", 2),
    ("TaskCreate", "priority", "type", "number"),
    ("TaskCreate", "status", "enum", [*STATES, "x"]),
    ("TaskCreate", "status", "enum", STATES[:-1]),
    ("TaskCreate", "position", "pattern", "^[0-9A-Za-z]{1,200}$"),
    ("TaskCreate", "start_date", "pattern", None),
    ("TaskCreate", "start_date", "format", None),
    ("TaskCreate", "due_time", "pattern", None),
    ("TaskCreate", "due_time", "pattern", "^[0-9:]{8}$"),
    ("TaskCreate", "parent_id", "pattern", None),
    ("TaskUpdate", "deleted_at", "pattern", None),
    ("TaskUpdate", "deleted_at", "format", None),
    ("TagCreate", "colour", "pattern", "#[0-9a-f]{6}"),
    ("TagCreate", "colour", "pattern", "^#[0-9a-fA-F]{6}$"),
    ("UserPreferencesUpdate", "language", "pattern", "^[a-z]{2,3}"),
]


@pytest.mark.parametrize("number", range(len(LIES)))
def test_a_lie_is_found(judge: Judge, number: int) -> None:
    model, name, key, value = LIES[number]
    owner: type[Input] = getattr(models, model)
    adapter = adapter_of(owner.model_fields[name])
    true = of_field(model, name)
    lie = changed(true, key, value)
    assert lie != true
    with pytest.raises(AssertionError, match="judged apart"):
        drawn, first = texts(owner, name), edge_texts(owner, name)
        compare(judge, lie, adapter, drawn, first, [Phase.generate])


@pytest.mark.parametrize("key", ["additionalProperties", "required", "not"])
def test_a_lie_about_the_object_is_found(judge: Judge, key: str) -> None:
    true = stored("TaskCreate")
    lie = {k: v for k, v in true.items() if k != key}
    adapter: TypeAdapter[Any] = TypeAdapter(models.TaskCreate)
    with pytest.raises(AssertionError, match="judged apart"):
        compare(judge, lie, adapter, objects(models.TaskCreate), (), [Phase.generate])
