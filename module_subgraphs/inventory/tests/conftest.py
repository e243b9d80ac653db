from collections.abc import Awaitable, Callable

import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase, database_fixture, principal
from module_subgraphs.inventory import subgraph

ADD = "mutation ($sent: ItemInput!) { addItem(item: $sent) { ... on Item { id } } }"
SENT = {"sku": "Spring", "name": "Spring", "unitPrice": "12.50", "lowAt": 7}

database = database_fixture(subgraph)


@pytest.fixture
def add_some(database: ThrowAwayDatabase) -> Callable[[int], Awaitable[list[str]]]:
    """Adds so many items, each with a sku of its own, and gives their ids."""

    async def add(count: int) -> list[str]:
        asking = principal("inventory:write")
        answers = [
            await database.execute(subgraph, ADD, asking, {"sent": {**SENT, "sku": f"S{number}"}})
            for number in range(count)
        ]
        return [answer["data"]["addItem"]["id"] for answer in answers]

    return add
