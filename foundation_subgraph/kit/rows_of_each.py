"""The first rows of each of many: of every customer the latest ten awards, in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Select, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


async def first_rows_of_each(
    session: AsyncSession,
    query: Select[_Row],
    column: InstrumentedAttribute[_Key] | InstrumentedAttribute[_Key | None],
    keys: Sequence[_Key],
    *,
    order: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    limit: int,
) -> dict[_Key, list[_Row]]:
    """The first `limit` rows of an unordered `query` for one mapped class, for each key in a column of it, in `order`.

    Keys without rows are left out. An index over the column and the order makes the cost that of the rows that come,
    however many there are of each.
    """
    wanted = select(
        func.unnest(literal(list(dict.fromkeys(keys)), ARRAY(column.type))).label("key")
    ).subquery()
    of_one = query.where(column == wanted.c.key).order_by(*order).limit(limit)
    numbered = of_one.add_columns(func.row_number().over(order_by=order).label("place")).lateral()
    row = aliased(column.class_, numbered)
    found: dict[_Key, list[_Row]] = defaultdict(list)
    for each in await session.scalars(
        select(row).select_from(wanted).join(numbered, true()).order_by(numbered.c.place)
    ):
        found[getattr(each, column.key)].append(each)
    return found
