from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

import strawberry

from foundation_subgraph.kit import (
    Conflict,
    Info,
    InvalidInput,
    NotFound,
    Problem,
    mutation,
    read_id,
    requires,
)
from module_subgraphs.inventory.graph.types import Item, RemovedItem, StockMovement
from module_subgraphs.inventory.permissions import INVENTORY_MOVE, INVENTORY_WRITE
from module_subgraphs.inventory.service import (
    ItemValues,
    StockReason,
    add_item,
    change_item,
    move_stock,
    remove_item,
)

AddItemResult = Annotated[Item | Conflict | InvalidInput, strawberry.union("AddItemResult")]
ChangeItemResult = Annotated[Item | NotFound | Conflict | InvalidInput, strawberry.union("ChangeItemResult")]
RemoveItemResult = Annotated[RemovedItem | NotFound | InvalidInput, strawberry.union("RemoveItemResult")]
MoveStockResult = Annotated[
    StockMovement | NotFound | Conflict | InvalidInput, strawberry.union("MoveStockResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "ITEM_NOT_FOUND": NotFound,
    "SKU_TAKEN": Conflict,
    "NOT_IN_STOCK": Conflict,
}


@strawberry.input(description="All that is said of an item.")
class ItemInput:
    sku: str
    name: str
    unit_price: Decimal
    low_at: int

    def values(self) -> ItemValues:
        return ItemValues(
            sku=self.sku,
            name=self.name,
            unit_price=self.unit_price,
            low_at=self.low_at,
        )


@strawberry.type
class Mutation:
    @mutation(requires(INVENTORY_WRITE), problems=PROBLEMS, description="Add an item.")
    async def add_item(self, info: Info, item: ItemInput) -> AddItemResult | None:
        async with info.context.transaction() as session:
            return Item.of(await add_item(session, item.values()))

    @mutation(
        requires(INVENTORY_WRITE),
        problems=PROBLEMS,
        description="Give an item other values: what is left out is taken away.",
    )
    async def change_item(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        item: ItemInput,
    ) -> ChangeItemResult | None:
        async with info.context.transaction() as session:
            return Item.of(await change_item(session, read_id(id), item.values()))

    @mutation(requires(INVENTORY_WRITE), problems=PROBLEMS, description="Remove an item, with its movements.")
    async def remove_item(self, info: Info, id: strawberry.ID) -> RemoveItemResult | None:  # noqa: A002 - its name in the graph
        async with info.context.transaction() as session:
            await remove_item(session, read_id(id))
        return RemovedItem(id=id)

    @mutation(requires(INVENTORY_MOVE), problems=PROBLEMS, description="Move stock of an item in or out.")
    async def move_stock(
        self, info: Info, item_id: strawberry.ID, quantity: int, reason: StockReason, note: str | None = None
    ) -> MoveStockResult | None:
        async with info.context.transaction() as session:
            row = await move_stock(
                session, read_id(item_id), quantity, reason, moved_by=info.context.subject, note=note
            )
            return StockMovement.of(row)
