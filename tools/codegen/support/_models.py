"""What models of input and output are made of, and the rules about several columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import null

from . import _schema
from ._rows import Row

R = TypeVar("R", bound=Row)


class RuleError(ValueError):
    """A rule about several columns does not hold.

    Attributes:
        constraint: the name of the CHECK in the database.
    """

    def __init__(self, constraint: str, words: str) -> None:
        super().__init__(f"{constraint}: must satisfy {words}")
        self.constraint = constraint


@dataclass(frozen=True, slots=True)
class RowRule:
    """A CHECK about several columns, as a function of the attributes named.

    Attributes:
        counts: where nothing else is asked, how many of them may be not null.
    """

    holds: Callable[..., bool]
    attributes: tuple[str, ...]
    constraint: str
    words: str
    counts: tuple[int, ...] | None = None

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise `RuleError` if the rule is broken; pass over what is not known."""
        if all(name in values for name in self.attributes):
            given = [values[name] for name in self.attributes]
            try:
                holds = self.holds(*given)
            except (ValueError, ArithmeticError) as error:  # what PostgreSQL refuses
                raise RuleError(self.constraint, f"{self.words} ({error})") from error
            if not holds:
                raise RuleError(self.constraint, self.words)


def omitted() -> Any:
    """The default of a field that may be left out; it then has no attribute at all."""
    return None


class Input(BaseModel, frozen=True):
    """What a client sends. Unknown fields are refused; it does not change afterwards.

    A field that was left out has no attribute: reading it raises AttributeError, and
    `model_dump` does not contain it.

    Attributes:
        __rules__: rules about several columns.
        __omissible__: fields that may be left out and have no default here.
        __known__: values that other columns are certain to have.
    """

    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
        val_json_bytes="base64",
    )

    __rules__: ClassVar[tuple[RowRule, ...]] = ()
    __omissible__: ClassVar[frozenset[str]] = frozenset()
    __known__: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(core_schema)
        own = handler.resolve_ref_schema(described)
        _schema.say_fields(core_schema, own)
        _schema.untitle(own)
        absent = cls._absent()
        refused = [
            {"$comment": f"breaks {rule.constraint}", **way}
            for rule in cls.__rules__
            if cls.model_fields.keys() >= set(rule.attributes)
            for way in _schema.ways(rule.holds, rule.attributes, rule.counts, absent)
        ]
        if refused:
            own["not"] = {"anyOf": refused}
        return described

    @classmethod
    def _absent(cls) -> dict[str, bool]:
        """Of each field with a default: whether it is null if it is left out."""
        return {
            name: field.default is None
            for name, field in cls.model_fields.items()
            if not field.is_required() and name not in cls.__omissible__
        }

    @model_validator(mode="after")
    def _settle(self) -> Self:
        for name in self.__omissible__ - self.model_fields_set:
            # Not `del`, which a frozen model refuses.
            object.__delattr__(self, name)
        self._check({**self.__known__, **self.__dict__})
        return self

    def _check(self, values: Mapping[str, Any]) -> None:
        for rule in self.__rules__:
            rule.check(values)

    def given(self) -> dict[str, Any]:
        """The values that were given, by attribute, and no defaults."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class Create(Input, frozen=True):
    """A row to be made. Defaults of the database are left to the database."""

    def _make(self, table: type[R], **space: Any) -> R:
        """Make the row; *space* are the columns that the session knows."""
        self._check({**self.__known__, **self.__dict__, **space})
        given = self.given()
        for name, value in given.items():
            if value is None and _has_default(table, name):
                given[name] = null()  # None would let the default in
        row: R = table(**given, **space)
        return row


class Update(Input, frozen=True):
    """A change of a row. Everything may be left out; what is given is changed."""

    def _apply(self, row: R) -> R:
        """Change *row*; raise `RuleError`, and change nothing, if a rule is broken."""
        given = self.given()
        values = {
            name: given[name] if name in given else getattr(row, name)
            for rule in self.__rules__
            if not given.keys().isdisjoint(rule.attributes)
            for name in rule.attributes
        }
        self._check(values)
        for name, value in given.items():
            setattr(row, name, value)
        return row


class Public(BaseModel, frozen=True):
    """What the application may show of a row: ``TaskPublic.model_validate(task)``."""

    model_config = ConfigDict(
        from_attributes=True,
        defer_build=True,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(core_schema)
        own = handler.resolve_ref_schema(described)
        _schema.untitle(own)
        _schema.unclock(own)
        return described


def _has_default(table: type[Row], name: str) -> bool:
    return getattr(table, name).property.columns[0].server_default is not None
