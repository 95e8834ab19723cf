"""What JSON Schema says of models: as much as it can, so that others judge alike.

Pydantic says nothing of validators, of bounds of dates, of rules; and to `format` most
readers of JSON Schema pay no heed, or read more into it. So the grammar of each text is
a pattern too, in the signs that regular expressions of all languages share.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ._values import aware, storable, zoneless

_UUID: Final = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_DAYS: Final = "-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HOURS: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK: Final = _HOURS + r"(:[0-5][0-9]([.,][0-9]+)?)?"
_INSTANT: Final = _HOURS + r":[0-5][0-9](\.[0-9]+)?([Zz]|[+-]" + _HOURS + ")"
# The signs themselves, for want of an escape that all languages know.
_UNSTORABLE: Final = "[^\u0001-\ud7ff\ue000-\U0010ffff]"


class _Something:
    """A value that is not null; to ask more of it is an error."""

    def __getattr__(self, _: str) -> None:
        raise TypeError

    def __bool__(self) -> bool:
        raise TypeError

    def __eq__(self, _: object) -> bool:
        raise TypeError

    __hash__ = None  # type: ignore[assignment]


_SOMETHING: Final = _Something()


def say_fields(core: CoreSchema, described: JsonSchemaValue) -> None:
    """Say in *described* what the fields of a model's *core* schema accept."""
    found: Any = core
    while "fields" not in found:
        found = found["schema"]
    for name, field in found["fields"].items():
        alias = field.get("validation_alias", name)
        if alias in described["properties"]:
            _say(field["schema"], described["properties"][alias], frozenset())


def untitle(described: JsonSchemaValue) -> None:
    """Take the titles of fields away: each only says the field's name again."""
    for each in described.get("properties", {}).values():
        each.pop("title", None)


def unclock(described: JsonSchemaValue) -> None:
    """Say of times of day what they look like: `format` asks for a zone in them."""
    for each in described.get("properties", {}).values():
        for part in each.get("anyOf", [each]):
            if part.get("format") == "time":
                del part["format"]
                part["pattern"] = f"^{_CLOCK}(Z|[+-]{_HOURS})?$"


# Each further column doubles the ways to look at; a schema is no place for all.
_MOST: Final = 6


def ways(
    rule: Callable[..., bool],
    attributes: tuple[str, ...],
    counts: tuple[int, ...] | None,
    absent: Mapping[str, bool],
) -> Iterator[JsonSchemaValue]:
    """Describe the ways in which *attributes* break *rule* by being null or not.

    Args:
        rule: the rule, as a function of the attributes.
        attributes: what is null or not.
        counts: how many of them may be not null, where nothing else is asked.
        absent: whether one that is left out counts as null; without an entry it is not
            known what it counts as.
    """
    if counts is not None:
        yield from _miscounted(attributes, counts, absent)
    elif len(attributes) <= _MOST:
        for nulls in broken(rule, attributes):
            yield refused(nulls, absent)


def _miscounted(
    attributes: tuple[str, ...], counts: tuple[int, ...], absent: Mapping[str, bool]
) -> Iterator[JsonSchemaValue]:
    """Describe the objects in which another number of *attributes* is not null."""
    if not all(absent.get(name, True) for name in attributes):
        return
    allowed = [_counted(attributes, count) for count in counts]
    others = sorted(set(range(len(attributes) + 1)).difference(counts))
    wrong = [_counted(attributes, count) for count in others]
    if None not in allowed:
        yield {"not": {"anyOf": allowed}}
    elif None not in wrong:
        yield {"anyOf": wrong}


def _counted(attributes: tuple[str, ...], count: int) -> JsonSchemaValue | None:
    """Describe the objects in which *count* of *attributes* are not null, if short."""
    given = [
        {"properties": {name: {"not": {"type": "null"}}}, "required": [name]}
        for name in attributes
    ]
    if count == 0:
        return {"not": {"anyOf": given}}
    if count == 1:
        return {"oneOf": given}
    if count == len(attributes):
        return {"allOf": given}
    if count == len(attributes) - 1:
        return {"oneOf": [{"not": each} for each in given]}
    return None


def broken(
    rule: Callable[..., bool], attributes: tuple[str, ...]
) -> Iterator[Mapping[str, bool]]:
    """Give each way in which *attributes* break *rule* by being null or not.

    Each is a mapping of them to whether they are null. There is none where the rule
    asks for more of the values.
    """
    for values in product((None, _SOMETHING), repeat=len(attributes)):
        try:
            holds = bool(rule(*values))  # a rule may be a column itself
        except (TypeError, AttributeError, ValueError, ArithmeticError):
            continue  # it asks for more of the values than whether they are null
        if not holds:
            yield {n: v is None for n, v in zip(attributes, values, strict=True)}


def refused(nulls: Mapping[str, bool], absent: Mapping[str, bool]) -> JsonSchemaValue:
    """Describe the objects whose properties are null or not, as *nulls* says.

    Args:
        absent: whether one that is left out counts as null; without an entry it is not
            known what it counts as.
    """
    null = {"type": "null"}
    return {
        "properties": {n: null if is_ else {"not": null} for n, is_ in nulls.items()},
        "required": [n for n, is_ in nulls.items() if absent.get(n) is not is_],
    }


def _say(core: Any, described: JsonSchemaValue, checks: frozenset[Any]) -> None:
    if core["type"] == "nullable":
        parts = [p for p in described.get("anyOf", []) if p != {"type": "null"}]
        if len(parts) == 1:
            _say(core["schema"], parts[0], checks)
    elif core["type"] == "list" and "items" in described:
        _say(core["items_schema"], described["items"], frozenset())
    elif "schema" in core:
        function = core.get("function", {}).get("function")
        _say(core["schema"], described, checks | {function})
    else:
        _say_value(core, described, checks)


def _say_value(core: Any, described: JsonSchemaValue, checks: frozenset[Any]) -> None:
    kind = core["type"]
    if described.get("type") != "string":
        return
    if storable in checks:
        described["not"] = {"pattern": _UNSTORABLE}
    if kind == "uuid":
        described["pattern"] = f"^{_UUID}$"
    elif kind == "date":
        described["pattern"] = f"^{_dates(core)}$"
    elif kind == "datetime" and aware in checks:
        described["pattern"] = f"^{_span('0001', '9999')}{_DAYS}[Tt]{_INSTANT}$"
    elif zoneless in checks:
        described.pop("format", None)  # it asks for a zone
        day = f"{_span('0001', '9999')}{_DAYS}[Tt]" if kind == "datetime" else ""
        described["pattern"] = f"^{day}{_CLOCK}$"


def _dates(core: Any) -> str:
    """Match the dates between the bounds of *core*, as ISO 8601 writes them."""
    day = dt.timedelta(1)
    low = core["gt"] + day if "gt" in core else core.get("ge", dt.date.min)
    high = core["lt"] - day if "lt" in core else core.get("le", dt.date.max)
    if (low.month, low.day, high.month, high.day) == (1, 1, 12, 31):
        return f"{_span(f'{low.year:04}', f'{high.year:04}')}{_DAYS}"
    return _span(low.isoformat(), high.isoformat())


def _span(low: str, high: str) -> str:
    """Match the texts from *low* to *high*: of one length, digits and hyphens alike."""
    if low > high:
        return "[^\\s\\S]"
    if low == high:
        return low
    if low[0] == high[0]:
        return low[0] + _span(low[1:], high[1:])
    least, most = re.sub("[0-9]", "0", low[1:]), re.sub("[0-9]", "9", low[1:])
    first, last = int(low[0]) + (low[1:] != least), int(high[0]) - (high[1:] != most)
    parts: list[str] = []
    if low[1:] != least:
        parts.append(low[0] + _span(low[1:], most))
    if first <= last:
        digit = f"[{first}-{last}]" if first < last else f"{first}"
        parts.append(digit + re.sub("[0-9]+", _any, least))
    if high[1:] != most:
        parts.append(high[0] + _span(least, high[1:]))
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"


def _any(digits: re.Match[str]) -> str:
    size = len(digits[0])
    return "[0-9]" + (f"{{{size}}}" if size > 1 else "")
