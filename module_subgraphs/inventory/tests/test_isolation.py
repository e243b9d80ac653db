"""What one tenant writes is for no other to see, to change or to remove."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from foundation_subgraph.kit.testing import GLOBEX, ThrowAwayDatabase, principal
from module_subgraphs.inventory import subgraph

BOTH = ("inventory:read", "inventory:write")
AddSome = Callable[[int], Awaitable[list[str]]]

ADD = "mutation ($sent: ItemInput!) { addItem(item: $sent) { ... on Item { id } } }"
SENT = {"sku": "Spring", "name": "Spring", "unitPrice": "12.50", "lowAt": 7}


@pytest.mark.parametrize("tenant", [GLOBEX, None])
async def test_items_of_another_tenant_are_not_there(
    database: ThrowAwayDatabase, add_some: AddSome, tenant: UUID | None
) -> None:
    [id_] = await add_some(1)
    elsewhere = principal(*BOTH, tenant=tenant)
    query = "query ($id: ID!) { items { nodes { id } } item(id: $id) { id } }"
    answer = await database.execute(subgraph, query, elsewhere, {"id": id_})
    assert answer == {"data": {"items": {"nodes": []}, "item": None}}
    sent = [{"__typename": "Item", "id": id_}]
    answer = await database.entities(subgraph, sent, "... on Item { createdAt }", elsewhere)
    assert answer == {"data": {"_entities": [None]}}


async def test_items_of_another_tenant_cannot_be_removed(
    database: ThrowAwayDatabase, add_some: AddSome
) -> None:
    [id_] = await add_some(1)
    remove = "mutation ($id: ID!) { removeItem(id: $id) { __typename } }"
    answer = await database.execute(subgraph, remove, principal(*BOTH, tenant=GLOBEX), {"id": id_})
    assert answer == {"data": {"removeItem": {"__typename": "NotFound"}}}
    answer = await database.execute(subgraph, remove, principal(*BOTH), {"id": id_})
    assert answer == {"data": {"removeItem": {"__typename": "RemovedItem"}}}


async def test_without_a_tenant_nothing_is_added(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal(*BOTH, tenant=None), {"sent": SENT})
    assert answer["data"] == {"addItem": None}
    assert answer["errors"]
