"""Python names for database names: readable where possible, valid and free always."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from typing import Final
from unittest import mock

import typeguard
from sqlmodel import SQLModel

from tools.codegen.facts import Relation

# typeguard would check its calls, and rewrite its whole source for that: two thirds of
# the time in which the generator starts, as sqlacodegen imports it, too.
with mock.patch.object(typeguard, "typechecked", lambda target: target):
    import inflect

# Attributes that a model must keep: Pydantic's and SQLModel's own, and SQLAlchemy's.
RESERVED: Final = frozenset(dir(SQLModel)) | {
    "metadata",
    "registry",
    "model_fields_set",
    "apply",
    "to_row",
    "changes",
    "cls",
    "given",
    "self",
}
# What the class of classes keeps of their attributes, beside that.
_META: Final = frozenset(dir(type(SQLModel)))
# What the models of a class add to its name.
USES: Final = ("Create", "Update", "Public")
# Words that name a closed set only together with their table.
_GENERIC: Final = frozenset(
    "action command kind level mode priority purpose role state status type".split()
)
_SINGULAR_ENDINGS: Final = ("ss", "us", "is", "news", "series", "species")


@cache
def _words() -> inflect.engine:
    return inflect.engine()


@cache
def singular(word: str) -> str:
    """The singular of *word*, an English noun; the word itself when in doubt."""
    if word.lower().endswith(_SINGULAR_ENDINGS):
        return word
    found = _words().singular_noun(word)
    return found if isinstance(found, str) and found else word


@cache
def plural(word: str) -> str:
    """The plural of *word*, an English noun; the word itself if it is one already."""
    if singular(word) != word:
        return word
    return str(_words().plural_noun(word))


def singular_name(name: str) -> str:
    """The snake-case *name* with its last word in the singular."""
    head, separator, tail = name.rpartition("_")
    return head + separator + (singular(tail) if tail else tail)


def plural_name(name: str) -> str:
    """The snake-case *name* with its last word in the plural."""
    head, separator, tail = name.rpartition("_")
    return head + separator + (plural(tail) if tail else tail)


def pascal(name: str) -> str:
    """Make a class name of *name*: words capitalised, everything else dropped."""
    words = [word for word in re.split(r"[\W_]+", _plain(name)) if word]
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    if not joined:
        return "Unnamed"
    if not joined[0].isalpha():
        return "N" + joined
    return joined + "_" if keyword.iskeyword(joined) else joined


def identifier(name: str, taken: Collection[str] = ()) -> str:
    """Make a public attribute or argument name of *name* that is not in *taken*."""
    plain = re.sub(r"\W+", "_", _plain(name)).strip("_") or "unnamed"
    if name.endswith("_") and plain + "_" not in taken and plain in taken:
        plain += "_"
    if not plain[0].isalpha():
        plain = "n" + plain
    if keyword.iskeyword(plain) or plain in RESERVED or plain.startswith("model_"):
        plain += "_"
    return free(plain, taken)


def attribute(name: str, taken: Collection[str] = ()) -> str:
    """Make the name of a model's attribute of *name* that is not in *taken*."""
    return identifier(name, {*taken, *_META})


def member(label: str, taken: Collection[str]) -> str:
    """Make an enum member's name of *label* that is not in *taken*."""
    word = re.sub(r"\W+", "_", _plain(label)).strip("_").upper()
    if not word:
        word = "EMPTY" if not label.strip() else "SIGN"
    if not word[0].isalpha():
        word = "N" + word
    return free(word, taken)


def free(name: str, taken: Collection[str]) -> str:
    """Give *name*, with an underscore or number behind it if it is taken."""
    if name not in taken:
        return name
    candidate = name if name.endswith("_") else name + "_"
    number = 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def class_names(
    relations: Iterable[Relation], taken: Collection[str]
) -> dict[str, str]:
    """Name the class of each relation, by its name: one row, hence the singular.

    A table that is named after another whose key it shares holds properties of one
    thing and keeps its plural: a row of user_preferences is UserPreferences.
    """
    used = set(taken) | set(dir(builtins))
    names: dict[str, str] = {}
    for relation in relations:
        wish = pascal(row_name(relation))
        if not relation.home and wish in used:
            wish = pascal(f"{relation.schema}_{row_name(relation)}")
        name, number = free(wish, used), 1
        while used.intersection(f"{name}{use}" for use in USES):
            number += 1
            name = free(f"{wish}_{number}", used)
        names[relation.key] = name
        used |= {name, *(f"{name}{use}" for use in USES)}
    return names


def _holds_properties(relation: Relation) -> bool:
    return any(
        key.columns == relation.primary_key
        and relation.name.startswith(singular_name(key.target.rpartition(".")[2]) + "_")
        for key in relation.foreign_keys
    )


def row_name(relation: Relation) -> str:
    """What one row of *relation* is called, in snake case."""
    holds = _holds_properties(relation)
    return relation.name if holds else singular_name(relation.name)


def concept(table: str, column: str, *, shared: bool) -> str:
    """Name a column's closed set: by the column, with the table where too vague."""
    last = column.rpartition("_")[2]
    if shared or last not in _GENERIC:
        return pascal(column)
    return pascal(f"{singular_name(table)}_{column}")


def _plain(name: str) -> str:
    """Bring *name* to the form in which Python compares identifiers (NFKC)."""
    return unicodedata.normalize("NFKC", name)
