"""Representations of Item become items: all in one query, and in their order."""

from uuid import uuid4

from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from module_subgraphs.inventory import subgraph

READER = principal("inventory:read")

ADD = "mutation ($sent: ItemInput!) { addItem(item: $sent) { ... on Item { id } } }"
SENT = {"sku": "Spring", "name": "Spring", "unitPrice": "12.50", "lowAt": 7}


async def add_some(database: ThrowAwayDatabase, count: int) -> list[str]:
    asking = principal("inventory:write")
    answers = [
        await database.execute(subgraph, ADD, asking, {"sent": {**SENT, "sku": f"S{number}"}})
        for number in range(count)
    ]
    return [answer["data"]["addItem"]["id"] for answer in answers]


async def test_entities_come_in_the_order_of_their_representations(database: ThrowAwayDatabase) -> None:
    first, second = await add_some(database, 2)
    sent = [{"__typename": "Item", "id": id_} for id_ in (second, str(uuid4()), first, second)]
    answer = await database.entities(subgraph, sent, "... on Item { id createdAt }", READER)
    found = [one and one["id"] for one in answer["data"]["_entities"]]
    assert found == [second, None, first, second]


async def test_a_thousand_representations_are_one_statement(database: ThrowAwayDatabase) -> None:
    known = await add_some(database, 1)
    sent = [{"__typename": "Item", "id": id_} for id_ in (*known, *(str(uuid4()) for _ in range(999)))]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on Item { createdAt }", READER)
    assert len(seen) == 1
    assert len(answer["data"]["_entities"]) == 1000
