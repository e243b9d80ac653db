from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import strawberry

from foundation_subgraph.kit import Info, RequestContext, field, requires
from module_subgraphs.inventory.permissions import INVENTORY_READ
from module_subgraphs.inventory.service import StockReason, find_items, is_low, latest_movements
from module_subgraphs.inventory.tables import ItemRow, StockMovementRow

_readable = [requires(INVENTORY_READ)]

strawberry.enum(StockReason, description="Why stock moves.")


@strawberry.federation.type(keys=["id"])
class User:
    """The foundation's entity, with what inventory knows of it."""

    id: strawberry.ID

    @field(requires(INVENTORY_READ), description="The latest ten movements by the user, newest first.")
    async def stock_movements(
        self, info: Info
    ) -> list[Annotated["StockMovement", strawberry.lazy(__name__)]] | None:
        return await info.context.loader(load_movements_by_user).load(UUID(self.id))


@strawberry.federation.type(keys=["id"], description="An item of your tenant.")
class Item:
    # The id alone needs no permission: others may refer to it, and it tells nothing.
    id: strawberry.ID
    sku: str | None = strawberry.field(directives=_readable)
    name: str | None = strawberry.field(directives=_readable)
    unit_price: Decimal | None = strawberry.field(directives=_readable)
    in_stock: int | None = strawberry.field(directives=_readable)
    low_at: int | None = strawberry.field(
        directives=_readable, description="The stock at which the item is low."
    )
    is_low: bool | None = strawberry.field(directives=_readable)
    created_at: datetime | None = strawberry.field(directives=_readable)

    @field(requires(INVENTORY_READ), description="The latest ten movements of its stock, newest first.")
    async def movements(
        self, info: Info
    ) -> list[Annotated["StockMovement", strawberry.lazy(__name__)]] | None:
        return await info.context.loader(load_movements_of_item).load(UUID(self.id))

    @classmethod
    def of(cls, row: ItemRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            sku=row.sku,
            name=row.name,
            unit_price=row.unit_price,
            in_stock=row.in_stock,
            low_at=row.low_at,
            is_low=is_low(row),
            created_at=row.created_at,
        )


@strawberry.type(description="An item that is no more.")
class RemovedItem:
    id: strawberry.ID


@strawberry.type(description="Stock that came or went, once.")
class StockMovement:
    id: strawberry.ID
    item_id: strawberry.Private[UUID]
    quantity: int | None = strawberry.field(
        directives=_readable, description="Above zero for what came, below zero for what went."
    )
    reason: StockReason | None = strawberry.field(directives=_readable)
    note: str | None = strawberry.field(directives=_readable)
    stock_after: int | None = strawberry.field(
        directives=_readable, description="What was in stock after it."
    )
    moved_by: User | None = strawberry.field(directives=_readable)
    moved_at: datetime | None = strawberry.field(directives=_readable)

    @field(requires(INVENTORY_READ))
    async def item(self, info: Info) -> Item | None:
        return await info.context.loader(load_items_by_id).load(self.item_id)

    @classmethod
    def of(cls, row: StockMovementRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            item_id=row.item_id,
            quantity=row.quantity,
            reason=StockReason.of(row.reason),
            note=row.note,
            stock_after=row.stock_after,
            moved_by=User(id=strawberry.ID(str(row.moved_by))),
            moved_at=row.moved_at,
        )


async def load_items_by_id(context: RequestContext, ids: Sequence[UUID]) -> list[Item | None]:
    async with context.transaction() as session:
        found = await find_items(session, ids)
    return [Item.of(row) if (row := found.get(id_)) else None for id_ in ids]


async def load_movements_of_item(context: RequestContext, items: Sequence[UUID]) -> list[list[StockMovement]]:
    async with context.transaction() as session:
        found = await latest_movements(session, StockMovementRow.item_id, items)
    return [[StockMovement.of(row) for row in found.get(item, [])] for item in items]


async def load_movements_by_user(context: RequestContext, users: Sequence[UUID]) -> list[list[StockMovement]]:
    async with context.transaction() as session:
        found = await latest_movements(session, StockMovementRow.moved_by, users)
    return [[StockMovement.of(row) for row in found.get(user, [])] for user in users]
