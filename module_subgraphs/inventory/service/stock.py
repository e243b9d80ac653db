"""Stock comes and goes by movements alone, over a session that sees one tenant."""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from foundation_subgraph.kit import DemoTenant, Refusal, Topic, first_rows_of_each
from module_subgraphs.inventory.service.items import find_item_to_change
from module_subgraphs.inventory.tables import ItemRow, StockMovementRow

LOW_STOCK: Final = Topic("inventory:low_stock")
"""An item has come down to the stock at which it is low: `{"item": id}`."""

LATEST: Final = 10
MAX_QUANTITY: Final = 1_000_000
_MAX_STOCK: Final = 2**31 - 1
_MAX_NOTE: Final = 200

_DEMO_ITEMS: Final = (
    ("BEAM-2", "Beam, 2 m", "18.40", 10, 42),
    ("DOVETAIL-SAW", "Dovetail saw", "39.00", 3, 2),
    ("GLUE-1L", "Wood glue, 1 l", "9.95", 12, 60),
)


class StockReason(Enum):
    """Why stock moves, and whether it may come (1), go (-1) or both (0)."""

    RECEIVED = "received", 1
    RETURNED = "returned", 1
    SOLD = "sold", -1
    LOST = "lost", -1
    COUNTED = "counted", 0

    def __init__(self, stored: str, direction: int) -> None:
        self.stored = stored
        self.direction = direction

    @classmethod
    def of(cls, stored: str) -> "StockReason":
        return next(reason for reason in cls if reason.stored == stored)


def is_low(row: ItemRow) -> bool:
    return row.in_stock <= row.low_at


async def move_stock(
    session: AsyncSession,
    item: UUID,
    quantity: int,
    reason: StockReason,
    *,
    moved_by: UUID,
    note: str | None = None,
) -> StockMovementRow:
    """Move stock, `quantity` being below zero for what goes. Raises Refusal.

    Movements of one item follow each other, so that its stock is right and never below zero.
    """
    if not 0 < abs(quantity) <= MAX_QUANTITY:
        raise Refusal(
            "BAD_USER_INPUT", f"quantity is between 1 and {MAX_QUANTITY}, or between -{MAX_QUANTITY} and -1"
        )
    if reason.direction * quantity < 0:
        way = "comes: quantity is above zero" if reason.direction > 0 else "goes: quantity is below zero"
        raise Refusal("BAD_USER_INPUT", f"What is {reason.stored} {way}")
    note = (note or "").strip() or None
    if len(note or "") > _MAX_NOTE:
        raise Refusal("BAD_USER_INPUT", f"note has at most {_MAX_NOTE} characters")
    row = await find_item_to_change(session, item)
    before, after = row.in_stock, row.in_stock + quantity
    if not 0 <= after <= _MAX_STOCK:
        raise Refusal("NOT_IN_STOCK", f"{before} are in stock, so {quantity:+} cannot be moved")
    row.in_stock = after
    movement = StockMovementRow(
        item_id=item, quantity=quantity, reason=reason.stored, note=note, stock_after=after, moved_by=moved_by
    )
    session.add(movement)
    await session.flush()
    await session.refresh(movement)
    if before > row.low_at >= after:
        await LOW_STOCK.publish(session, {"item": str(item)})
    return movement


async def latest_movements(
    session: AsyncSession, column: InstrumentedAttribute[UUID], ids: Sequence[UUID]
) -> dict[UUID, list[StockMovementRow]]:
    """The latest movements of each id in a column, newest first, in one query for all of them."""
    return await first_rows_of_each(
        session,
        select(StockMovementRow),
        column,
        ids,
        order=(StockMovementRow.moved_at.desc(), StockMovementRow.id),
        limit=LATEST,
    )


async def write_demo_data(session: AsyncSession, tenant: DemoTenant) -> None:
    moved_by = tenant.users.get("clerk") or tenant.users["owner"]
    for number, (sku, name, price, low_at, quantity) in enumerate(_DEMO_ITEMS, start=1):
        item = ItemRow(
            id=tenant.demo_id("Item", number), sku=sku, name=name, unit_price=Decimal(price), low_at=low_at
        )
        session.add(item)
        await session.flush()
        await move_stock(session, item.id, quantity, StockReason.RECEIVED, moved_by=moved_by)
