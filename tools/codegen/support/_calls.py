"""Runs functions of the database for the generated callables."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, Executable, Result, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Executor: TypeAlias = Session | Connection
AsyncExecutor: TypeAlias = AsyncSession | AsyncConnection


class Default(Enum):
    """Stands for an argument that is left out, so that the function's default holds."""

    DEFAULT = "default"


DEFAULT: Final = Default.DEFAULT


class Parameter(NamedTuple):
    """An argument: its name in SQL, or none, and its type's name.

    An array for what may be repeated goes by `variadic`, before the name if it has one.
    """

    name: str
    type: str


def statement(
    head: str,
    parameters: Sequence[Parameter],
    values: Sequence[Any],
    returns: Mapping[str, TypeEngine[Any] | type[TypeEngine[Any]]],
) -> Executable:
    """Build ``head(name => value, …)``; arguments that are `DEFAULT` are left out."""
    named = not _is_prefix(parameters, values)
    written: list[str] = []
    given: dict[str, Any] = {}
    for number, (parameter, value) in enumerate(zip(parameters, values, strict=True)):
        if value is not DEFAULT:
            key = f"a{number}"
            name = f"{parameter.name} => " if named and parameter.name else ""
            if parameter.name == "variadic":
                name = "variadic "
            written.append(f"{name}cast(:{key} as {parameter.type})")
            given[key] = _plain(value, parameter.type)
    clause = text(f"{head}({', '.join(written)})").bindparams(**given)
    return clause.columns(**returns) if returns else clause


def _is_prefix(parameters: Sequence[Parameter], values: Sequence[Any]) -> bool:
    """Whether to go by place: names do not find a VARIADIC one that is left out."""
    if not parameters or not parameters[-1].name.startswith("variadic"):
        return False
    count = sum(value is not DEFAULT for value in values)
    return count < len(values) and DEFAULT not in values[:count]


def _plain(value: Any, type_: str) -> Any:
    """A value as every driver takes it."""
    if type_ in ("json", "jsonb") and value is not None:
        return json.dumps(value)
    return value.value if isinstance(value, Enum) else value


async def execute(
    executor: AsyncExecutor, call: Executable
) -> Result[*tuple[Any, ...]]:
    """Execute *call*; SQLModel's session warns of its own way, which is for models."""
    if isinstance(executor, AsyncSession):
        return await AsyncSession.execute(executor, call)
    return await executor.execute(call)


def scalar(result: Result[Any], name: str) -> Any:
    """The one value of a result that is never null.

    Raises:
        ValueError: it was null, which the function's comment does not announce.
    """
    value = result.scalar_one()
    if value is None:
        raise ValueError(f"{name} returned null")
    return value
