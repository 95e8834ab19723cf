"""Uses a generated package in a process of its own, in which every warning is an error.

    python -W error exercise.py PACKAGE_DIRECTORY FILLED ORIGINAL EMPTY

The rows of the database FILLED are read through the classes, made anew in ORIGINAL,
read back and compared; `create_all` makes the tables in EMPTY. Prints what was done as
JSON; a promise that is not kept ends the process with an error.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.orm import configure_mappers
from sqlalchemy.pool import NullPool
from sqlmodel import Session, SQLModel, select


def main(directory: str, filled: str, original: str, empty: str) -> None:
    """Do it all; the addresses are SQLAlchemy's."""
    sys.path.insert(0, directory)
    modules = [
        importlib.import_module(f"todo_models.{path.stem}")
        for path in sorted(Path(directory, "todo_models").glob("*.py"))
    ]
    configure_mappers()
    models = importlib.import_module("todo_models")
    SQLModel.metadata.create_all(create_engine(empty, poolclass=NullPool))
    schemas = _schemas(sys.modules["todo_models.models"])
    tables = list(_classes(modules, "Row"))
    with Session(_engine(filled)) as session:
        rows = {table: session.exec(select(table)).all() for table in tables}
    for table, found in rows.items():
        assert found, f"{table.__name__} has no row to try"
        for row in found:
            _judge(models, table, row)
    with Session(_engine(original)) as session:
        made = [_remade(session, row) for found in rows.values() for row in found]
        for view in _classes(modules, "View"):
            session.exec(select(view)).all()
        session.rollback()
    with Session(_engine(original)) as session:
        least = [_least(session, found[-1]) for found in rows.values()]
        session.rollback()
    report = {"schemas": schemas, "tables": len(tables), "rows": len(made)}
    print(json.dumps({**report, "least": len(least)}))


def _engine(url: str) -> Engine:
    """An engine whose sessions pass over triggers and references, as the filler."""
    engine = create_engine(url, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def set_role(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")
        connection.commit()

    return engine


def _classes(modules: list[ModuleType], base: str) -> Iterator[Any]:
    parent = getattr(sys.modules["todo_models._rows"], base)
    for module in modules:
        for value in vars(module).values():
            is_class = isinstance(value, type) and issubclass(value, parent)
            if is_class and value.__module__ == module.__name__ and value is not parent:
                yield value


def _schemas(models: ModuleType) -> int:
    """Write the JSON Schema of every model; give how many there are."""
    own = [
        value
        for value in vars(models).values()
        if isinstance(value, type) and value.__module__ == models.__name__
    ]
    for model in own:
        mode = "serialization" if model.__name__.endswith("Public") else "validation"
        model.model_json_schema(mode=mode)  # type: ignore[attr-defined]
    return len(own)


def _values(row: Any) -> dict[str, Any]:
    return {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs}


def _judge(models: ModuleType, table: Any, row: Any) -> None:
    """The models take what the database took, and show what it holds."""
    name, values = table.__name__, _values(row)
    create = getattr(models, f"{name}Create", None)
    if create is not None:
        fields = {
            (field.alias or key): values[key]
            for key, field in create.model_fields.items()
        }
        create.model_validate(fields).to_row()
    public = getattr(models, f"{name}Public")
    shown = public.model_validate(row)
    public.model_validate(shown.model_dump(by_alias=True))
    shown.model_dump_json()


def _remade(session: Session, row: Any) -> Any:
    """Insert a row with the values of another one; it comes back as it went."""
    kind = type(row)
    given = {
        key: value for key, value in _values(row).items() if key in kind.__insert__
    }
    made = kind(**given)
    session.add(made)
    session.flush()
    session.expire(made)
    session.refresh(made)
    for key, value in given.items():
        if value is not None:  # or the default would be met
            assert getattr(made, key) == value, f"{kind.__name__}.{key}"
    return made


def _least(session: Session, row: Any) -> Any:
    """Insert a row of which only that is given which must be."""
    kind = type(row)
    given = {
        key: getattr(row, key)
        for key, field in kind.model_fields.items()
        if field.is_required()
    }
    made = kind(**given)
    session.add(made)
    session.flush()
    return made


if __name__ == "__main__":
    main(*sys.argv[1:])
