"""What can be done with items, over a session that sees one tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal, among
from module_subgraphs.inventory.tables import ItemRow

ORDER: Final = (ItemRow.sku, ItemRow.id)
_MAX_TEXT: Final = 200
_MAX_NUMBER: Final = 10**15
_MAX_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class ItemValues:
    """What somebody says of an item, not checked yet."""

    sku: str
    name: str
    unit_price: Decimal
    low_at: int


def all_items(*, low: bool = False) -> Select[ItemRow]:
    """The items of the session's tenant, or those that run out, not ordered yet."""
    query = select(ItemRow)
    return query.where(ItemRow.in_stock <= ItemRow.low_at) if low else query


async def find_items(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, ItemRow]:
    """Those of the items that exist, in one query."""
    rows = await session.scalars(select(ItemRow).where(among(ItemRow.id, ids)))
    return {row.id: row for row in rows}


async def add_item(session: AsyncSession, values: ItemValues) -> ItemRow:
    """Raises Refusal, as all that follow."""
    return await _save(session, _filled(ItemRow(), values))


async def change_item(session: AsyncSession, id_: UUID, values: ItemValues) -> ItemRow:
    """Give an item other values: all of them, so that what is not said is taken away."""
    return await _save(session, _filled(await find_item_to_change(session, id_), values))


async def remove_item(session: AsyncSession, id_: UUID) -> None:
    await session.delete(await find_item_to_change(session, id_))


async def find_item_to_change(session: AsyncSession, id_: UUID) -> ItemRow:
    """The item, whom nobody else changes until the transaction ends."""
    query = select(ItemRow).where(ItemRow.id == id_).with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        raise Refusal("ITEM_NOT_FOUND", "There is no such item")
    return row


def _filled(row: ItemRow, values: ItemValues) -> ItemRow:
    row.sku = _text("sku", values.sku)
    row.name = _text("name", values.name)
    row.unit_price = _number("unitPrice", values.unit_price)
    row.low_at = _stock("lowAt", values.low_at)
    return row


async def _save(session: AsyncSession, row: ItemRow) -> ItemRow:
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "uq_items_sku" not in str(error.orig):
            raise
        raise Refusal("SKU_TAKEN", "Another item has this sku") from None
    await session.refresh(row)
    return row


def _text(name: str, text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= _MAX_TEXT:
        raise Refusal("BAD_USER_INPUT", f"{name} has between 1 and {_MAX_TEXT} characters")
    return text


def _number(name: str, number: Decimal) -> Decimal:
    if not (number.is_finite() and abs(number) < _MAX_NUMBER and number == round(number, _MAX_PLACES)):
        raise Refusal(
            "BAD_USER_INPUT", f"{name} lies below 10^15 and has at most {_MAX_PLACES} decimal places"
        )
    return number


def _stock(name: str, number: int) -> int:
    if number < 0:
        raise Refusal("BAD_USER_INPUT", f"{name} is not below zero")
    return number
