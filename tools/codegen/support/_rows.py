"""What table classes and views are made of: typed attributes, and guards on writing.

A type checker sees `Mapped[T]` on a column: `Task.title` is a SQL expression and
`task.title` a `str`, so that ``select(Task).where(Task.title == "x")`` is checked
without a plugin. At run time the annotation is plain `T`, as SQLModel wants it.
"""

from enum import StrEnum
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    MetaData,
    Text,
    cast,
    event,
    inspect,
)
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, DOMAIN, HSTORE
from sqlalchemy.orm import declared_attr, registry
from sqlalchemy.sql.operators import OperatorClass
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType
from sqlmodel import SQLModel

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

if TYPE_CHECKING:
    from typing import Never

    from sqlalchemy.orm import Mapped as Mapped
    from sqlmodel._compat import SQLModelConfig

    class ReadOnly(Mapped[T]):
        """A column or relationship that the application never writes."""

        # Narrower than its base on purpose: nothing may be assigned.
        def __set__(self, instance: Any, value: Never) -> None:  # type: ignore[override]
            ...

else:

    class Mapped:
        """Stands in for SQLAlchemy's: `Mapped[T]` is `T`."""

        def __class_getitem__(cls, item: Any) -> Any:
            return item

    class ReadOnly(Mapped):
        """`ReadOnly[T]` is `T`; the guards of `Row` and `View` do the rest."""


# Validators are built when they are first used, which most rows never ask for. Names of
# fields need no warning: the generator sees to it that they hide no method.
CONFIG: "SQLModelConfig" = {
    "arbitrary_types_allowed": True,
    "defer_build": True,
    "protected_namespaces": (),
}


# Classes of two packages in one process may have the same name.
TABLES = registry(metadata=SQLModel.metadata)


class Row(SQLModel, registry=TABLES):
    """A row of a table. Assigning what the database keeps to itself raises.

    Attributes:
        __insert__: columns that may be given when the row is made.
        __update__: columns that may be changed later.
        __defaults__: constants that the database stores where nothing is given: what a
            row answers that is not stored yet.
        __identity__: columns that tell rows apart where there is no primary key.
        __version__: the column that the database counts up with every change: an UPDATE
            of a row that somebody else changed meanwhile finds nothing and raises
            `sqlalchemy.orm.exc.StaleDataError`.
    """

    if TYPE_CHECKING:
        __tablename__: ClassVar[str]  # type: ignore[assignment,misc,unused-ignore] # pyright: ignore

    model_config = CONFIG

    __insert__: ClassVar[frozenset[str]] = frozenset()
    __update__: ClassVar[frozenset[str]] = frozenset()
    __defaults__: ClassVar[dict[str, Any]] = {}
    __identity__: ClassVar[tuple[str, ...]] = ()
    __version__: ClassVar[str | None] = None

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Read back by RETURNING what the database sets; compare versions."""
        arguments: dict[str, Any] = {"eager_defaults": True}
        if cls.__identity__:
            arguments["primary_key"] = [getattr(cls, name) for name in cls.__identity__]
        if cls.__version__ is not None:
            arguments["version_id_col"] = getattr(cls, cls.__version__)
            arguments["version_id_generator"] = False
        return arguments

    if TYPE_CHECKING:
        # SQLModel's own lets a type checker pass over attributes that do not exist.
        def __setattr__(self, name: str, value: Never) -> None: ...

    else:

        def __setattr__(self, name: str, value: Any) -> None:
            # Asked for every row that is loaded: `model_fields` is a slow property.
            if name in self.__pydantic_fields__ and not self._may_set(name, value):
                return
            super().__setattr__(name, value)

    def _may_set(self, name: str, value: Any) -> bool:
        """Say whether to set *name*; a constructor's filler None is passed over.

        Raises:
            AttributeError: the database, or the privileges in it, would refuse.
        """
        stored = inspect(self).has_identity
        is_filler = value is None and not stored and name not in self.__dict__
        if is_filler and name in self.__defaults__:
            return False  # without a value of its own it answers the default
        if name in (self.__update__ if stored else self.__insert__):
            return True
        if is_filler:
            return False
        when = "once the row is stored" if stored else "when the row is made"
        if name not in self.__insert__ | self.__update__:
            when = "by the application"
        raise AttributeError(
            f"{type(self).__name__}.{name} cannot be set {when}: the database keeps it"
        )


@event.listens_for(Row, "instrument_class", propagate=True)
def _describe_columns(_: Any, cls: type[Row]) -> None:
    """Give each column the description of its field, as COMMENT ON has it."""
    for name, field in cls.model_fields.items():
        column = getattr(cls, name)
        if isinstance(column, Column) and field.description is not None:
            column.comment = field.description


@event.listens_for(Row, "attribute_instrument", propagate=True)
def _answer_default(cls: type[Row], name: str, attribute: Any) -> None:
    """Let a row that is not stored yet answer what the database will store."""
    if name in cls.__defaults__:
        default = cls.__defaults__[name]
        event.listen(attribute, "init_scalar", lambda *_: default, retval=True)


class ClosedText(TypeDecorator[E], Generic[E]):
    """Text that a CHECK ties to a list of values, as members of a `StrEnum`."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[E], of: TypeEngine[str] | None = None) -> None:
        super().__init__()
        self.members = members
        self.impl = of or Text()  # type: ignore[assignment]
        self._by_text: dict[str, E] = {each.value: each for each in members}

    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        if value is None:
            return None
        return self._by_text.get(value) or self.members(value)  # or a ValueError


def labels_of(members: type[StrEnum]) -> list[str]:
    """The labels of a native enum, as its members' values."""
    return [member.value for member in members]


class Other(UserDefinedType[Any]):
    """A type that SQLAlchemy has no class for, by the name that SQL has for it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class Listed(TypeDecorator[list[Any]]):
    """An array that drivers do not take apart, read as one that they do.

    Args:
        item: the type of an element.
        plain: what it is cast to when it is read.
    """

    impl = ARRAY
    cache_ok = True

    def __init__(self, item: Any, plain: ARRAY[Any]) -> None:
        super().__init__(item)
        self.plain = plain

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(column, self.plain)


class Domain(DOMAIN):
    """A domain, with the operators of what it is over: SQLAlchemy's own has none."""

    @property
    def operator_classes(self) -> OperatorClass:  # type: ignore[override]
        """Which operators may be used without a warning."""
        return self.data_type.operator_classes


class Network(TypeDecorator[Any]):
    """inet or cidr: what Python's `ipaddress` has for it, whatever the driver gives."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.impl = of()  # type: ignore[assignment]
        self._read = ip_network if of is CIDR else _address

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return self._read(value) if isinstance(value, str) else value


def _address(text: str) -> Any:
    return ip_interface(text) if "/" in text else ip_address(text)


class Pairs(TypeDecorator[dict[str, str | None]]):
    """hstore, in whatever schema the extension is: a dictionary of texts."""

    impl = Text
    cache_ok = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.impl = Other(name)  # type: ignore[assignment]

    def process_bind_param(
        self, value: dict[str, str | None] | None, dialect: Dialect
    ) -> str | None:
        write: Any = HSTORE().bind_processor(dialect)
        return None if value is None else write(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        read: Any = HSTORE().result_processor(dialect, None)
        return read(value) if isinstance(value, str) else value


# Views live apart: `SQLModel.metadata.create_all` must not make tables of them.
VIEWS = registry(metadata=MetaData())


class View(SQLModel, registry=VIEWS):
    """A row of a view: read, never made, changed or removed."""

    model_config = CONFIG

    if TYPE_CHECKING:
        __tablename__: ClassVar[str]  # type: ignore[assignment,misc,unused-ignore] # pyright: ignore

    def __init__(self, **_: Any) -> None:
        self._refuse()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_sa_instance_state" or name not in type(self).model_fields:
            super().__setattr__(name, value)
        else:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is a view: it can only be read")


@event.listens_for(View, "before_insert", propagate=True)
@event.listens_for(View, "before_update", propagate=True)
@event.listens_for(View, "before_delete", propagate=True)
def _refuse_writing(_: Any, __: Any, row: View) -> None:
    raise TypeError(f"{type(row).__name__} is a view: it can only be read")
