import strawberry

from foundation_subgraph.kit import Connection, Info, Window, field, find_page, read_id, requires
from module_subgraphs.inventory.graph.types import Item
from module_subgraphs.inventory.permissions import INVENTORY_READ
from module_subgraphs.inventory.service import ORDER, all_items, find_items


@strawberry.type
class Query:
    @field(requires(INVENTORY_READ), description="Items by sku; with `low`, those that run out.")
    async def items(
        self,
        info: Info,
        window: Window,
        low: bool = False,  # noqa: FBT001, FBT002 - an argument in the graph
    ) -> Connection[Item] | None:
        async with info.context.transaction() as session:
            return await find_page(session, all_items(low=low), ORDER, window, Item.of)

    @field(requires(INVENTORY_READ), description="One item, null where there is none.")
    async def item(self, info: Info, id: strawberry.ID) -> Item | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            row = (await find_items(session, [wanted])).get(wanted)
        return None if row is None else Item.of(row)
