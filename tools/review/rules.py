"""What can be read from the statements themselves and no linter says.

Each rule looks at one tree and gives keys with a sentence. Rules about locks concern
tables that were there before the change: nobody waits for one that is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pglast import ast, enums

from tools.review.findings import Severity
from tools.review.trees import name_of, object_of

NOTE, LOOK, STOP = Severity.NOTE, Severity.LOOK, Severity.STOP

# Keys whose steps lose data that a rollback does not bring back.
DESTRUCTIVE: Final = frozenset(
    {"drop-table", "drop-column", "drop-schema", "drop-type", "truncate",
     "unbounded-delete", "drop-cascade", "drop-materialized-view", "drop-sequence"}
)  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """What a rule found; *table* is the one it is about, None for none."""

    key: str
    severity: Severity
    text: str
    table: str | None = None


Rule = Callable[[Any], Iterator[Hit]]


def apply(tree: Any) -> Iterator[Hit]:
    """Give what the rules say about one statement's tree."""
    for kind, rule in RULES:
        if isinstance(tree, kind):
            yield from rule(tree)


def _trigger(tree: Any) -> Iterator[Hit]:
    table = name_of(tree.relation)
    yield Hit(
        "create-trigger",
        LOOK,
        f"CREATE TRIGGER keeps writers of {table} out until the transaction ends.",
        table,
    )


def _policy(tree: Any) -> Iterator[Hit]:
    table = name_of(tree.table)
    verb = "CREATE" if isinstance(tree, ast.CreatePolicyStmt) else "ALTER"
    yield Hit(
        "create-policy",
        LOOK,
        f"{verb} POLICY keeps readers and writers of {table} out until the transaction"
        " ends.",
        table,
    )


def _vacuum(tree: Any) -> Iterator[Hit]:
    if any(option.defname == "full" for option in tree.options or ()):
        names = [name_of(item.relation) for item in tree.rels or () if item.relation]
        what = ", ".join(names) or "every table"
        yield Hit("vacuum-full", STOP, f"VACUUM FULL rewrites {what}: all else waits.")


def _cluster(tree: Any) -> Iterator[Hit]:
    what = name_of(tree.relation) if tree.relation else "every clustered table"
    yield Hit("cluster", STOP, f"CLUSTER rewrites {what}: all else waits.")


def _lock(tree: Any) -> Iterator[Hit]:
    strongest = tree.mode >= 7
    for relation in tree.relations:
        yield Hit(
            "lock-table",
            STOP if strongest else LOOK,
            f"LOCK TABLE {name_of(relation)}: it is held until the transaction ends.",
            name_of(relation),
        )


def _refresh(tree: Any) -> Iterator[Hit]:
    if not tree.concurrent:
        name = name_of(tree.relation)
        text = f"REFRESH MATERIALIZED VIEW keeps readers of {name} out; CONCURRENTLY"
        yield Hit("refresh-materialized-view", LOOK, f"{text} does not.", name)


def _truncate(tree: Any) -> Iterator[Hit]:
    for relation in tree.relations:
        name = name_of(relation)
        text = (
            f"TRUNCATE loses all rows of {name}, past row-level security and triggers."
        )
        yield Hit("truncate", STOP, text, name)


def _change(tree: Any) -> Iterator[Hit]:
    if tree.whereClause is not None:
        return
    name = name_of(tree.relation)
    if isinstance(tree, ast.DeleteStmt):
        yield Hit(
            "unbounded-delete", STOP, f"DELETE without WHERE empties {name}.", name
        )
    else:
        text = f"UPDATE without WHERE holds every row of {name} until the transaction"
        text += " ends and doubles the table: write a backfill."
        yield Hit("unbounded-update", STOP, text, name)


def _drop(tree: Any) -> Iterator[Hit]:
    found = _DROPS.get(tree.removeType)
    names = [object_of(item) for item in tree.objects]
    if found:
        key, severity, loss = found
        for name in names:
            yield Hit(key, severity, f"{name} is dropped{loss}.")
    if tree.behavior == enums.DropBehavior.DROP_CASCADE:
        text = (
            f"DROP … CASCADE of {', '.join(names)} takes along what it does not name."
        )
        yield Hit("drop-cascade", STOP, text)


def _alter(tree: Any) -> Iterator[Hit]:
    table = name_of(tree.relation)
    for command in tree.cmds:
        if command.subtype == enums.AlterTableType.AT_AttachPartition:
            part = name_of(command.def_.name)
            text = (
                f"ATTACH PARTITION shuts {part} and a default partition off and reads"
            )
            text += " them, unless a validated CHECK proves the bounds."
            yield Hit("attach-partition", LOOK, text, part)
        elif command.subtype in _ALTERS and not _is_concurrent(command):
            key, severity, text = _ALTERS[command.subtype]
            words = text.format(name=command.name, table=table)
            yield Hit(key, severity, words, table)


def _is_concurrent(command: Any) -> bool:
    return isinstance(command.def_, ast.PartitionCmd) and bool(command.def_.concurrent)


def _set(tree: Any) -> Iterator[Hit]:
    if tree.name == "session_replication_role":
        text = "session_replication_role switches triggers and foreign keys off."
        yield Hit("disable-trigger", STOP, text)


def _index(tree: Any) -> Iterator[Hit]:
    if not tree.concurrent:
        table = name_of(tree.relation)
        text = f"CREATE INDEX keeps writers of {table} out; CONCURRENTLY does not."
        yield Hit("create-index", LOOK, text, table)


def _rewrite_rule(tree: Any) -> Iterator[Hit]:
    table = name_of(tree.relation)
    text = f"A rule on {table} rewrites queries past what their text says."
    yield Hit("create-rule", LOOK, text, table)


RULES: Final[tuple[tuple[type[Any], Rule], ...]] = (
    (ast.CreateTrigStmt, _trigger),
    (ast.CreatePolicyStmt, _policy),
    (ast.AlterPolicyStmt, _policy),
    (ast.VacuumStmt, _vacuum),
    (ast.ClusterStmt, _cluster),
    (ast.LockStmt, _lock),
    (ast.RefreshMatViewStmt, _refresh),
    (ast.TruncateStmt, _truncate),
    (ast.UpdateStmt, _change),
    (ast.DeleteStmt, _change),
    (ast.DropStmt, _drop),
    (ast.AlterTableStmt, _alter),
    (ast.VariableSetStmt, _set),
    (ast.IndexStmt, _index),
    (ast.RuleStmt, _rewrite_rule),
)
_KINDS: Final = enums.ObjectType
_DROPS: Final[dict[Any, tuple[str, Severity, str]]] = {
    _KINDS.OBJECT_TABLE: ("drop-table", STOP, " with its rows"),
    _KINDS.OBJECT_SCHEMA: ("drop-schema", STOP, ""),
    _KINDS.OBJECT_SEQUENCE: ("drop-sequence", LOOK, " with its position"),
    _KINDS.OBJECT_MATVIEW: ("drop-materialized-view", LOOK, " with its rows"),
    _KINDS.OBJECT_TYPE: ("drop-type", LOOK, ""),
    _KINDS.OBJECT_DOMAIN: ("drop-type", LOOK, ""),
    _KINDS.OBJECT_TRIGGER: ("drop-trigger", LOOK, ", and with it what it checks"),
    _KINDS.OBJECT_FUNCTION: ("drop-function", NOTE, ": running code may still call it"),
    _KINDS.OBJECT_VIEW: ("drop-view", NOTE, ": running code may still read it"),
}
_OFF: Final = (
    "disable-trigger",
    STOP,
    "Triggers of {table} are switched off, and with them what they check.",
)
_ALTERS: Final[dict[Any, tuple[str, Severity, str]]] = {
    enums.AlterTableType.AT_DropColumn: (
        "drop-column",
        STOP,
        "Column {name} of {table} is dropped with its data.",
    ),
    enums.AlterTableType.AT_DropConstraint: (
        "drop-constraint",
        LOOK,
        "Rule {name} of {table} is dropped: nothing keeps rows to it any more.",
    ),
    enums.AlterTableType.AT_AlterColumnType: (
        "change-type",
        LOOK,
        "Column {name} of {table} changes its type: models and queries see it.",
    ),
    enums.AlterTableType.AT_DetachPartition: (
        "detach-partition",
        LOOK,
        "DETACH PARTITION keeps readers of {table} out; CONCURRENTLY does not.",
    ),
    enums.AlterTableType.AT_DisableTrig: _OFF,
    enums.AlterTableType.AT_DisableTrigAll: _OFF,
    enums.AlterTableType.AT_DisableTrigUser: _OFF,
}
