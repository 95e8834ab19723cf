"""Rows of the catalogue queries as facts, where no more than the row is needed."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from sqlalchemy import Row

from tools.codegen.expressions import index_collations
from tools.codegen.facts import (
    Check,
    Exclusion,
    ForeignKey,
    Grant,
    Index,
    IndexPart,
    Key,
    Policy,
    Sequence,
    Trigger,
)


def check(row: Row[Any]) -> Check:
    return Check(
        row.name, tuple(row.columns), row.expression, row.comment, row.validated
    )


def sequence(row: Row[Any]) -> Sequence:
    return Sequence(
        row.schema,
        row.name,
        row.type,
        row.start,
        row.increment,
        row.minimum,
        row.maximum,
        row.cache,
        row.cycles,
        (row.owner, row.owner_column) if row.owner else None,
    )


def key(row: Row[Any]) -> Key:
    return Key(
        row.name,
        tuple(row.columns),
        row.is_primary,
        row.nulls_distinct,
        tuple(row.include),
        row.deferrable,
        row.deferred,
        row.comment,
    )


def foreign_key(row: Row[Any]) -> ForeignKey:
    return ForeignKey(
        row.name,
        tuple(row.columns),
        row.target,
        tuple(row.target_columns),
        row.on_delete,
        row.on_update,
        row.match,
        row.deferrable,
        row.deferred,
        row.comment,
    )


def exclusion(row: Row[Any]) -> Exclusion:
    return Exclusion(
        row.name,
        row.method,
        tuple(zip(row.expressions, row.operators, strict=True)),
        row.predicate,
        row.deferrable,
        row.deferred,
        row.comment,
    )


def index(row: Row[Any]) -> Index:
    parts = tuple(
        IndexPart(expression, column, f"{collation}{options}".strip())
        for expression, column, options, collation in zip(
            row.expressions,
            row.columns,
            row.options,
            index_collations(row.definition),
            strict=True,
        )
    )
    return Index(
        row.name,
        row.method,
        row.is_unique,
        parts,
        tuple(row.include),
        row.predicate,
        row.nulls_distinct,
        row.definition,
        row.comment,
        tuple((name, value) for name, value in row.settings),
    )


def policy(row: Row[Any]) -> Policy:
    return Policy(
        row.name,
        row.command,
        tuple(row.roles),
        row.permissive,
        row.using,
        row.check,
        row.comment,
    )


def trigger(row: Row[Any]) -> Trigger:
    return Trigger(row.name, row.definition, row.on_insert, row.on_update, row.comment)


def grant(row: Row[Any]) -> Grant:
    return Grant(row.role, row.privilege, tuple(row.columns))


def tags(comment: str | None) -> tuple[str, ...]:
    """The smart tags of a comment, the lines in front that begin with `@`."""
    lines = (comment or "").split("\n")
    return tuple(takewhile(lambda line: line.startswith("@"), lines))


def told(comment: str | None) -> tuple[bool, str | None]:
    """Part a comment into whether `@omit` stands in it, and the words for people.

    Lines that begin with `@` are smart tags, which PostGraphile reads as well: what is
    to be omitted is no part of an application's interface.
    """
    if comment is None or not comment.startswith("@"):
        return False, comment
    lines = comment.split("\n")
    words = "\n".join(line for line in lines if not line.startswith("@"))
    return "@omit" in lines, words or None
