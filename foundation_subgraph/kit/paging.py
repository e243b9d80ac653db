"""Lists in pages, by cursors that name a row's place: https://relay.dev/graphql/connections.htm.

A page is found by the place of its neighbour, never by counting rows: it costs the same however far in it lies, and what
is added or removed elsewhere meanwhile neither repeats a row nor skips one.
"""

import base64
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from foundation_subgraph.kit.errors import Refusal
from foundation_subgraph.kit.rows_of_each import first_rows_of_each

PAGE_ROWS: Final = 50
"""How many a page has where nothing is said."""
MAX_PAGE_ROWS: Final = 200

_LONGEST_CURSOR: Final = 2_000

_Node = TypeVar("_Node")
_Row = TypeVar("_Row")
_Key = TypeVar("_Key")

Place = tuple[object, ...]
"""What a row has in the columns that the list is ordered by."""


@strawberry.federation.type(shareable=True, description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[_Node]):
    node: _Node
    cursor: str = strawberry.field(description="The place of this one: give it as `after` or `before`.")


@strawberry.type
class Connection(Generic[_Node]):
    """`Connection[Invoice]` is `InvoiceConnection` in the graph."""

    edges: list[Edge[_Node]]
    page_info: PageInfo

    @strawberry.field(description="The page without its cursors.")  # type: ignore[untyped-decorator] # Strawberry's
    def nodes(self) -> list[_Node]:
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is wanted: the arguments of a list's field, as they came. Raises Refusal for what makes no page."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise Refusal("BAD_USER_INPUT", "A page is counted from one end: give `first` or `last`")
        for name, count in (("first", self.first), ("last", self.last)):
            if count is not None and not 0 < count <= MAX_PAGE_ROWS:
                raise Refusal("BAD_USER_INPUT", f"`{name}` is between 1 and {MAX_PAGE_ROWS}")

    @property
    def rows(self) -> int:
        return self.first or self.last or PAGE_ROWS

    @property
    def is_from_back(self) -> bool:
        return self.last is not None


_ARGUMENTS: Final = {
    name: Annotated[kind, strawberry.argument(description=told)]
    for name, kind, told in (
        ("first", int | None, f"How many from the front; at most {MAX_PAGE_ROWS}."),
        ("after", str | None, "Only what comes after this cursor."),
        ("last", int | None, f"How many from the back; at most {MAX_PAGE_ROWS}."),
        ("before", str | None, "Only what comes before this cursor."),
    )
}


def take_window(resolver: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver, with the arguments of a page in the place of a parameter that is a Window; others as they are."""
    signature = inspect.signature(resolver)
    taken = next((name for name, one in signature.parameters.items() if one.annotation is Window), None)
    if taken is None:
        return resolver
    kept = [one for name, one in signature.parameters.items() if name != taken]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _ARGUMENTS.items()
    ]

    @wraps(resolver)
    async def answer(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the resolver's are
        window = Window(**{name: named.pop(name, None) for name in _ARGUMENTS})
        return await resolver(*arguments, **named, **{taken: window})

    answer.__signature__ = signature.replace(parameters=[*kept, *added])  # type: ignore[attr-defined] # inspect reads it
    return answer


async def find_page(
    session: AsyncSession,
    query: Select[_Row],
    order: Sequence[InstrumentedAttribute[Any]],
    window: Window,
    node: Callable[[Any], _Node],
    *,
    descending: bool = False,
) -> Connection[_Node]:
    """The page of an unordered `query` for one mapped class, made of nodes; in one statement.

    `order` names columns without NULL, whose values together are those of one row only: an index over them, the tenant
    first, makes every page cheap. `descending` turns all of them round. Raises Refusal for cursors that are none of
    this list.
    """
    wanted = _within(query, order, window, descending=descending).limit(window.rows + 1)
    wanted = wanted.order_by(*_ordered(order, window, descending=descending))
    return _page((await session.scalars(wanted)).all(), order, window, node)


async def find_pages(
    session: AsyncSession,
    query: Select[_Row],
    column: InstrumentedAttribute[_Key],
    wanted: Sequence[tuple[_Key, Window]],
    order: Sequence[InstrumentedAttribute[Any]],
    node: Callable[[Any], _Node],
    *,
    descending: bool = False,
) -> list[Connection[_Node]]:
    """Pages of the lists that entities have of their own, by the key of each in a column: what a loader gives.

    One statement for each different window, which is one in all unless aliases ask for several. Everything else as for
    `find_page`; the index begins with the tenant and the column.
    """
    pages: dict[tuple[_Key, Window], Connection[_Node]] = {}
    for window in dict.fromkeys(window for _, window in wanted):
        keys = [key for key, its in wanted if its == window]
        found = await first_rows_of_each(
            session,
            _within(query, order, window, descending=descending),
            column,
            keys,
            order=_ordered(order, window, descending=descending),
            limit=window.rows + 1,
        )
        pages |= {(key, window): _page(found.get(key, ()), order, window, node) for key in keys}
    return [pages[each] for each in wanted]


def _within(
    query: Select[_Row], order: Sequence[InstrumentedAttribute[Any]], window: Window, *, descending: bool
) -> Select[_Row]:
    """What lies between the cursors. Raises Refusal for what is no cursor."""
    if window.after is not None:
        query = query.where(_beyond(order, _read_cursor(window.after, order), is_higher=not descending))
    if window.before is not None:
        query = query.where(_beyond(order, _read_cursor(window.before, order), is_higher=descending))
    return query


def _ordered(
    order: Sequence[InstrumentedAttribute[Any]], window: Window, *, descending: bool
) -> list[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    """The order in which rows are counted, which from the back is the other way round."""
    falls = window.is_from_back is not descending
    return [column.desc() if falls else column for column in order]


def _page(
    found: Sequence[object],
    order: Sequence[InstrumentedAttribute[Any]],
    window: Window,
    node: Callable[[Any], _Node],
) -> Connection[_Node]:
    """The page of rows in the order they were counted in, one more than it has where there are more."""
    has_more = len(found) > window.rows
    rows = list(found[: window.rows])
    if window.is_from_back:
        rows.reverse()
    edges = [Edge(node=node(row), cursor=_cursor(row, order)) for row in rows]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            # Of the end that was not counted from, Relay lets us say what is cheap to know: whether we came from there.
            has_next_page=window.before is not None if window.is_from_back else has_more,
            has_previous_page=has_more if window.is_from_back else window.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def _beyond(
    order: Sequence[InstrumentedAttribute[Any]], place: Place, *, is_higher: bool
) -> ColumnElement[bool]:
    """The rows that lie beyond a place. As one comparison of rows, by which an index is entered at the very place."""
    here = tuple_(*order)
    there = tuple_(*(literal(value, column.type) for value, column in zip(place, order, strict=True)))
    return here > there if is_higher else here < there


def _cursor(row: object, order: Sequence[InstrumentedAttribute[Any]]) -> str:
    place = [getattr(row, column.key) for column in order]
    return base64.urlsafe_b64encode(orjson.dumps(place, default=str)).decode().rstrip("=")


def _read_cursor(text: str, order: Sequence[InstrumentedAttribute[Any]]) -> Place:
    place = _decoded(text) if len(text) <= _LONGEST_CURSOR else None
    try:
        if not isinstance(place, list):
            raise ValueError(place)  # noqa: TRY301, TRY004 - it came from outside
        return tuple(_read_value(value, column) for value, column in zip(place, order, strict=True))
    except ValueError as error:
        raise Refusal("BAD_USER_INPUT", f'"{text[:100]}" is no cursor of this list') from error


def _decoded(text: str) -> object:
    try:
        return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:  # of base64 and of orjson alike
        return None


def _read_value(value: object, column: InstrumentedAttribute[Any]) -> object:
    """A value as the column has it. Raises ValueError."""
    kind: type = column.type.python_type
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    if kind is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ValueError(value)
    if isinstance(value, str) and "\x00" in value:
        raise ValueError(value)
    return value
