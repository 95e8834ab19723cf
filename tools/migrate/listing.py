"""yoyo's idea of a migration and of a list of them, for files that are read already."""

from __future__ import annotations

from yoyo.migrations import Migration as YoyoMigration
from yoyo.migrations import MigrationList

from tools.migrate.files import MigrationFile


class Migration(YoyoMigration):  # type: ignore[misc]
    """yoyo's idea of a migration, for a file that this project has already read.

    Its statements are divided by PostgreSQL's parser, not by sqlparse.

    Args:
        file: of the directory.
        before: the migrations before it, by id.
        unfinished: whether a run or a rollback of it stopped midway.
    """

    def __init__(
        self, file: MigrationFile, before: dict[str, Migration], unfinished: bool
    ) -> None:
        super().__init__(file.id, str(file.path), str(file.path.parent))
        self.file, self.unfinished = file, unfinished
        self.source, self.steps = file.sql, ()  # so that yoyo does not load it
        self.use_transactions = file.transactional
        self._depends = {before[id] for id in file.depends if id in before}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, YoyoMigration) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


class Reversible(MigrationList):  # type: ignore[misc]
    """What can be taken back; what stopped midway is not called applied."""

    def __contains__(self, other: object) -> bool:
        return any(one == other and not one.unfinished for one in self)
