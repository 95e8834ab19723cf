"""What PostgreSQL asks of values of each type, and how it compares them.

A type here accepts what a column of that type accepts, with few exceptions, each for a
reason: a moment without a zone (the server would guess it), NaN and the infinities
(JSON has none), and what could be stored but not be read back into Python.
"""

import datetime as dt
import math
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Annotated, Any, Final, TypeAlias, TypeVar, cast, get_args

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from sqlalchemy.dialects.postgresql import Range

T = TypeVar("T")


def storable(text: str) -> str:
    """Refuse what no text in UTF-8 can hold: NUL, and halves of surrogate pairs."""
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("must not contain half of a surrogate pair")
    return text


def aware(moment: dt.datetime) -> dt.datetime:
    """Bring a moment to UTC: PostgreSQL keeps no zone, and refuses offsets of 16 hours.

    Refuse one without a zone, or outside of years 1 to 9999 of UTC.
    """
    if moment.utcoffset() is None:
        raise ValueError("must have a time zone")
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("must lie between the years 1 and 9999 of UTC") from error


def zoneless(value: T) -> T:
    """Refuse a time zone, which the column would drop in silence."""
    if getattr(value, "tzinfo", None) is not None:
        raise ValueError("must not have a time zone")
    return value


def finite(number: T) -> T:
    """Refuse NaN and the infinities."""
    if not math.isfinite(number):  # type: ignore[arg-type] # a float or a Decimal
        raise ValueError("must be a finite number")
    return number


def fits_single(number: float) -> float:
    """Refuse what does not fit into four bytes, as PostgreSQL's `real` does."""
    single(number)
    return number


def single(number: float) -> float:
    """The number that PostgreSQL's `real` makes of one.

    Raises:
        ValueError: it does not fit into four bytes.
    """
    try:
        packed: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError as error:
        raise ValueError("is out of the range of real") from error
    if packed == 0 and number != 0:
        raise ValueError("is too small for real")
    return packed


@dataclass(frozen=True, slots=True)
class Digits:
    """`numeric(precision, scale)`: rounds, and refuses what is too large after that."""

    precision: int
    scale: int

    def __call__(self, number: Decimal) -> Decimal:
        exponent = Decimal(1).scaleb(-self.scale)
        context = Context(prec=200_000, rounding=ROUND_HALF_UP)
        if number.adjusted() > self.precision:
            raise ValueError(f"must have at most {self.precision - self.scale} digits")
        rounded = context.quantize(number, exponent)
        if abs(rounded) >= Decimal(10) ** (self.precision - self.scale):
            raise ValueError(f"must have at most {self.precision - self.scale} digits")
        return rounded


def storable_json(value: JsonValue) -> JsonValue:
    """Refuse what jsonb cannot hold: NUL, half surrogates, NaN and the infinities."""
    if isinstance(value, str):
        storable(value)
    elif isinstance(value, float):
        finite(value)
    elif isinstance(value, list):
        for item in value:
            storable_json(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            storable(key)
            storable_json(item)
    return value


def ordered(value: Range[Any]) -> Range[Any]:
    """Refuse a range whose lower bound lies above its upper bound."""
    lower, upper = value.lower, value.upper
    if lower is not None and upper is not None and lower > upper:
        raise ValueError("the lower bound must not lie above the upper bound")
    return value


@dataclass(frozen=True, slots=True)
class Trimmed:
    """`varchar(size)`: blanks that stand beyond its size are cut off."""

    size: int

    def __call__(self, text: Any) -> Any:
        if isinstance(text, str) and not text[self.size :].strip(" "):
            return text[: self.size]
        return text


class _Nested:
    """An array as the database may hold it: with nulls, and with dimensions.

    The types of columns and of inputs are those of plain lists, as almost all are.
    """

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        (item,) = get_args(source)
        element = handler.generate_schema(item)
        deep = core_schema.list_schema(core_schema.any_schema())
        each = core_schema.union_schema([element, core_schema.none_schema(), deep])
        return core_schema.list_schema(each)


NESTED = _Nested()
# A range as JSON: its bounds, and which of them belong to it, such as "[)".
RANGE = WithJsonSchema(
    {
        "type": "object",
        "properties": {"lower": {}, "upper": {}, "bounds": {"type": "string"}},
    }
)
Storable = AfterValidator(storable)
Inet: TypeAlias = IPv4Address | IPv6Address | IPv4Interface | IPv6Interface
Cidr: TypeAlias = IPv4Network | IPv6Network
Text: TypeAlias = Annotated[str, Storable]
SmallInt: TypeAlias = Annotated[int, Field(ge=-(2**15), lt=2**15)]
Int: TypeAlias = Annotated[int, Field(ge=-(2**31), lt=2**31)]
BigInt: TypeAlias = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Instant: TypeAlias = Annotated[dt.datetime, AfterValidator(aware)]
Timestamp: TypeAlias = Annotated[dt.datetime, AfterValidator(zoneless)]
Clock: TypeAlias = Annotated[dt.time, AfterValidator(zoneless)]
Number: TypeAlias = Annotated[Decimal, AfterValidator(finite)]
Double: TypeAlias = Annotated[float, AfterValidator(finite)]
# From here on a double is rounded beyond the largest real.
REALS: Final = 3.4028235677973366e38
Real: TypeAlias = Annotated[
    float,
    Field(gt=-REALS, lt=REALS),
    AfterValidator(finite),
    AfterValidator(fits_single),
]
Json: TypeAlias = Annotated[JsonValue, AfterValidator(storable_json)]


@dataclass(frozen=True, slots=True)
class Must:
    """A predicate as a limit of a value; *words* say what it asks, as SQL."""

    holds: Callable[[Any], bool]
    words: str

    def __call__(self, value: T) -> T:
        if not self.holds(value):
            raise ValueError(f"must satisfy: {self.words}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        schema: CoreSchema = AfterValidator(self).__get_pydantic_core_schema__(
            source, handler
        )
        return schema

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        described["$comment"] = f"must satisfy: {self.words}"
        return described


@dataclass(frozen=True, slots=True)
class Within:
    """The bounds of a number that PostgreSQL rounds before it checks them."""

    ge: Decimal | None = None
    gt: Decimal | None = None
    le: Decimal | None = None
    lt: Decimal | None = None

    def __call__(self, number: Decimal) -> Decimal:
        for bound, holds, words in (
            (self.ge, self.ge is None or number >= self.ge, "at least"),
            (self.gt, self.gt is None or number > self.gt, "greater than"),
            (self.le, self.le is None or number <= self.le, "at most"),
            (self.lt, self.lt is None or number < self.lt, "less than"),
        ):
            if not holds:
                raise ValueError(f"must be {words} {bound}")
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        schema: CoreSchema = AfterValidator(self).__get_pydantic_core_schema__(
            source, handler
        )
        return schema

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        for keyword, bound in (
            ("minimum", self.ge),
            ("exclusiveMinimum", self.gt),
            ("maximum", self.le),
            ("exclusiveMaximum", self.lt),
        ):
            if bound is not None:
                described[keyword] = float(bound)  # it binds numbers, not strings
        return described


# What translated CHECKs call.


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """PostgreSQL's operator ~."""
    return _compiled(pattern).search(text) is not None


def rank(number: Decimal | float) -> Decimal | float:
    """Order numbers as PostgreSQL does: NaN equals itself and stands above all."""
    return math.inf if math.isnan(number) else number


def instant(moment: dt.datetime) -> dt.datetime:
    """A moment as UTC: two of one zone would be compared by their wall clocks."""
    return moment.astimezone(dt.UTC)


def fits(number: int, bits: int) -> int:
    """Refuse what overflows PostgreSQL's integer of that many bits."""
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise ValueError("integer out of range")
    return number


def day(number: int) -> int:
    """Refuse the number of a day that lies outside of PostgreSQL's calendar."""
    if not -1721425 <= number <= 2145762068:
        raise ValueError("date out of range")
    return number


def remainder(dividend: int, divisor: int) -> int:
    """PostgreSQL's mod: the result has the sign of the dividend."""
    if divisor == 0:
        raise ValueError("division by zero")
    return (1 if dividend >= 0 else -1) * (abs(dividend) % abs(divisor))


def cardinality(array: Sequence[Any]) -> int:
    """How many elements an array has, in all its dimensions."""
    return sum(cardinality(cast(Any, i)) if isinstance(i, list) else 1 for i in array)


def elements(array: Sequence[Any]) -> Iterator[Any]:
    """The elements of an array, in all its dimensions."""
    for item in array:
        if isinstance(item, list):
            yield from elements(cast(Any, item))
        else:
            yield item


def json_has(value: JsonValue, text: str) -> bool:
    """PostgreSQL's operator ?: a key of an object, an element, or the text itself."""
    if isinstance(value, str):
        return value == text
    return isinstance(value, dict | list) and text in value


def json_type(value: JsonValue) -> str:
    """PostgreSQL's jsonb_typeof."""
    if value is None:
        return "null"
    for kind, name in (
        (bool, "boolean"),
        (str, "string"),
        (int | float, "number"),
        (list, "array"),
    ):
        if isinstance(value, kind):
            return name
    return "object"
