from collections.abc import AsyncGenerator
from uuid import UUID

import strawberry

from foundation_subgraph.kit import Info, requires, subscription
from module_subgraphs.inventory.graph.types import Item
from module_subgraphs.inventory.permissions import INVENTORY_READ
from module_subgraphs.inventory.service import LOW_STOCK, find_items


@strawberry.type
class Subscription:
    @subscription(
        requires(INVENTORY_READ), description="Each item at the moment when its stock comes to be low."
    )
    async def low_stock(self, info: Info) -> AsyncGenerator[Item | None, None]:
        async for event in info.context.hear(LOW_STOCK):
            wanted = UUID(str(event["item"]))
            async with info.context.transaction() as session:
                row = (await find_items(session, [wanted])).get(wanted)
            if row is not None:
                yield Item.of(row)
