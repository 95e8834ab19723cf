"""Pages of a listing by its sort keys: no OFFSET, no row twice, none left out.

    listing = Listing(select(Task).where(Task.project_id == id), Task.position, Task.id)
    page = listing.fetch(session, size=50)
    page = listing.fetch(session, size=50, after=page.next)

The last key must be the id, so that the order is total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from . import cursors, sortkeys
from .errors import MisuseError

if TYPE_CHECKING:
    from sqlmodel import Session
    from sqlmodel.ext.asyncio.session import AsyncSession
    from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")

LARGEST: Final = 500  # rows of a page; more is an export, for which there is yield_per


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a listing.

    Attributes:
        items: its rows.
        next: the cursor of the following page, None after the last one.
    """

    items: Sequence[T]
    next: str | None


class Listing(Generic[T]):
    """The rows of a statement in the order of its keys.

    Args:
        statement: selects one model; without ORDER BY and LIMIT.
        keys: columns of the model, each with `.desc()`, `.nulls_first()` or
            `.nulls_last()` if need be; the last one is the id.

    Raises:
        MisuseError: the keys make no total order, or are of another model.
    """

    def __init__(self, statement: SelectOfScalar[T], *keys: Any) -> None:
        model = statement.column_descriptions[0]["entity"]
        if model is None or len(statement.column_descriptions) != 1:
            raise MisuseError("a listing selects one model")
        self._statement = statement
        self._keys = [sortkeys.read_key(key, model) for key in keys]
        if not self._keys or self._keys[-1].name != "id":
            raise MisuseError("the last key of a listing is the id of its model")

    def fetch(
        self, session: Session, *, size: int = 50, after: str | None = None
    ) -> Page[T]:
        """Return a page.

        Args:
            session: whose rows are listed.
            size: rows of the page, 1 to 500.
            after: the cursor of the page, None for the first one.

        Raises:
            InvalidCursor: this listing did not give *after* out.
            MisuseError: there is no page of that size.
        """
        return self._page(session.exec(self.statement(size, after)).all(), size)

    async def fetch_async(
        self, session: AsyncSession, *, size: int = 50, after: str | None = None
    ) -> Page[T]:
        """Return a page as `fetch` does."""
        rows = await session.exec(self.statement(size, after))
        return self._page(rows.all(), size)

    def statement(self, size: int, after: str | None) -> SelectOfScalar[T]:
        """Return the statement of a page; it asks for one row more, to look ahead."""
        if not 1 <= size <= LARGEST:
            raise MisuseError(f"a page has 1 to {LARGEST} rows")
        page = self._statement.order_by(*[key.order for key in self._keys])
        if after is not None:
            values = cursors.read(self._keys, after)
            page = page.where(sortkeys.after(self._keys, values))
        return page.limit(size + 1)

    def _page(self, rows: Sequence[T], size: int) -> Page[T]:
        items = rows[:size]
        if len(rows) <= size:
            return Page(items, None)
        values = [getattr(items[-1], key.name) for key in self._keys]
        return Page(items, cursors.write(self._keys, values))
