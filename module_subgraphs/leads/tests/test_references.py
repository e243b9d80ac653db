"""Representations of Lead become leads: all in one query, and in their order."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from module_subgraphs.leads import subgraph

READER = principal("leads:read")
AddSome = Callable[[int], Awaitable[list[str]]]


async def test_entities_come_in_the_order_of_their_representations(
    database: ThrowAwayDatabase, add_some: AddSome
) -> None:
    first, second = await add_some(2)
    sent = [{"__typename": "Lead", "id": id_} for id_ in (second, str(uuid4()), first, second)]
    answer = await database.entities(subgraph, sent, "... on Lead { id createdAt }", READER)
    found = [one and one["id"] for one in answer["data"]["_entities"]]
    assert found == [second, None, first, second]


async def test_a_thousand_representations_are_one_statement(
    database: ThrowAwayDatabase, add_some: AddSome
) -> None:
    known = await add_some(1)
    sent = [{"__typename": "Lead", "id": id_} for id_ in (*known, *(str(uuid4()) for _ in range(999)))]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on Lead { createdAt }", READER)
    assert len(seen) == 1
    assert len(answer["data"]["_entities"]) == 1000
