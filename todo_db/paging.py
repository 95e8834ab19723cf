"""Pages of a listing by its sort keys: no OFFSET, no row twice, none left out.

    listing = Listing(select(Task).where(Task.project_id == id), Task.position, Task.id)
    page = listing.fetch(session, size=50)
    page = listing.fetch(session, size=50, after=page.next)
    page = listing.fetch(session, size=50, before=page.previous)

The last key must be the id, so that the order is total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from . import _page_cursors, _sort_keys
from .errors import InvalidCursor, MisuseError

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
        items: its rows, in the order of the listing whichever way they were reached.
        next: the cursor of the following page, None after the last one.
        previous: the cursor of the page before, None before the first one. A page
            without rows has neither.
    """

    items: Sequence[T]
    next: str | None
    previous: str | None


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
        self._keys = [_sort_keys.read_key(key, model) for key in keys]
        if not self._keys or self._keys[-1].name != "id":
            raise MisuseError("the last key of a listing is the id of its model")

    def fetch(
        self,
        session: Session,
        *,
        size: int = 50,
        after: str | None = None,
        before: str | None = None,
    ) -> Page[T]:
        """Return a page.

        Args:
            session: whose rows are listed.
            size: rows of the page, 1 to 500.
            after: `Page.next` of the page before it; without a cursor it is the first.
            before: `Page.previous` of the page that follows it.

        Raises:
            InvalidCursor: this listing did not give the cursor out, or there are two.
            MisuseError: there is no page of that size.
        """
        found = session.exec(self.statement(size, after, before))
        # A row of a collection that is loaded with it is a row of the answer, too.
        return self._page(found.unique().all(), size, after, before)

    async def fetch_async(
        self,
        session: AsyncSession,
        *,
        size: int = 50,
        after: str | None = None,
        before: str | None = None,
    ) -> Page[T]:
        """Return a page as `fetch` does."""
        found = await session.exec(self.statement(size, after, before))
        return self._page(found.unique().all(), size, after, before)

    def statement(
        self, size: int, after: str | None = None, before: str | None = None
    ) -> SelectOfScalar[T]:
        """Return the statement of a page; it asks for one row more, to look ahead.

        A page before a cursor is one after it in the opposite order.
        """
        if not 1 <= size <= LARGEST:
            raise MisuseError(f"a page has 1 to {LARGEST} rows")
        if after is not None and before is not None:
            raise InvalidCursor("a page comes after one row or before one, not both")
        keys = self._keys
        if before is not None:
            keys = [key.reversed() for key in keys]
        page = self._statement.order_by(*[key.order for key in keys])
        cursor = after if before is None else before
        if cursor is not None:
            values = _page_cursors.read(self._keys, cursor)
            page = page.where(_sort_keys.after(keys, values))
        return page.limit(size + 1)

    def _page(
        self, rows: Sequence[T], size: int, after: str | None, before: str | None
    ) -> Page[T]:
        items, more = rows[:size], len(rows) > size
        if not items:  # all that was there has gone: the listing begins anew
            return Page(items, None, None)
        if before is None:
            has_next, has_previous = more, after is not None
        else:
            items, has_next, has_previous = items[::-1], True, more
        return Page(
            items,
            self._cursor(items[-1]) if has_next else None,
            self._cursor(items[0]) if has_previous else None,
        )

    def _cursor(self, row: T) -> str:
        return _page_cursors.write(
            self._keys, [getattr(row, key.name) for key in self._keys]
        )
