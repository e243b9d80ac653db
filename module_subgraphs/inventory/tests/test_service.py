"""What can be done with items."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from foundation_subgraph.kit import Refusal
from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from module_subgraphs.inventory import subgraph
from module_subgraphs.inventory.service import ItemValues, add_item, change_item, find_items, remove_item

VALUES = ItemValues(
    sku="Spring",
    name="Spring",
    unit_price=Decimal("12.50"),
    low_at=7,
)
OTHERS = ItemValues(
    sku="Autumn",
    name="Autumn",
    unit_price=Decimal("9.95"),
    low_at=8,
)
CLERK = principal("inventory:read", "inventory:write")
SENT = {"sku": "Spring", "name": "Spring", "unitPrice": "12.50", "lowAt": 7}


@pytest.mark.parametrize("values", [VALUES, OTHERS])
async def test_an_item_is_added_as_it_was_said(database: ThrowAwayDatabase, values: ItemValues) -> None:
    async with database.session() as session:
        id_ = (await add_item(session, values)).id
    async with database.session() as session:
        row = (await find_items(session, [id_, uuid4()]))[id_]
    assert row.sku == values.sku
    assert row.name == values.name
    assert row.unit_price == values.unit_price
    assert row.low_at == values.low_at


async def test_a_change_gives_all_values(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_item(session, VALUES)).id
    values = OTHERS
    async with database.session() as session:
        row = await change_item(session, id_, values)
    assert row.sku == values.sku
    assert row.name == values.name
    assert row.unit_price == values.unit_price
    assert row.low_at == values.low_at


async def test_what_is_removed_is_gone(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_item(session, VALUES)).id
        await remove_item(session, id_)
    async with database.session() as session:
        assert await find_items(session, [id_]) == {}


async def test_what_is_not_there_is_neither_changed_nor_removed(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal, match="no such"):
            await change_item(session, uuid4(), VALUES)
        with pytest.raises(Refusal, match="no such"):
            await remove_item(session, uuid4())


@pytest.mark.parametrize(
    "values",
    [
        replace(VALUES, sku="x" * 201),
        replace(VALUES, sku="  "),
        replace(VALUES, name="x" * 201),
        replace(VALUES, name="  "),
        replace(VALUES, low_at=-1),
        replace(VALUES, unit_price=Decimal("NaN")),
        replace(VALUES, unit_price=Decimal("1e15")),
        replace(VALUES, unit_price=Decimal("1e-7")),
    ],
)
async def test_what_is_no_item_is_refused(database: ThrowAwayDatabase, values: ItemValues) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal) as refused:
            await add_item(session, values)
    assert refused.value.code == "BAD_USER_INPUT"


PAGE = "query ($after: String) { items(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"


async def test_pages_follow_each_other_without_gap_or_repeat(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        added = {str((await add_item(session, replace(VALUES, sku=f"S{n}"))).id) for n in range(7)}
    seen: list[str] = []
    after, has_more = None, True
    for size in (3, 3, 1):
        assert has_more
        answer = await database.execute(subgraph, PAGE, CLERK, {"after": after})
        page = answer["data"]["items"]
        assert len(page["nodes"]) == size
        seen += [node["id"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert not has_more
    assert set(seen) == added
    assert len(seen) == len(added)


ADD = """mutation ($sent: ItemInput!) {
  addItem(item: $sent) { __typename ... on Item { id } ... on Problem { code } }
}"""
CHANGE = """mutation ($id: ID!, $sent: ItemInput!) {
  changeItem(id: $id, item: $sent) { __typename ... on Item { id } ... on Problem { code } }
}"""
REMOVE = """mutation ($id: ID!) {
  removeItem(id: $id) { __typename ... on RemovedItem { id } ... on Problem { code } }
}"""


async def test_through_the_graph_an_item_is_added_changed_found_and_removed(
    database: ThrowAwayDatabase,
) -> None:
    added = await database.execute(subgraph, ADD, CLERK, {"sent": SENT})
    item = {"id": added["data"]["addItem"]["id"]}
    changed = await database.execute(subgraph, CHANGE, CLERK, {**item, "sent": SENT})
    assert changed == {"data": {"changeItem": {"__typename": "Item", **item}}}
    query = "query ($id: ID!) { item(id: $id) { id } }"
    assert await database.execute(subgraph, query, CLERK, item) == {"data": {"item": item}}
    removed = await database.execute(subgraph, REMOVE, CLERK, item)
    assert removed == {"data": {"removeItem": {"__typename": "RemovedItem", **item}}}
    assert await database.execute(subgraph, query, CLERK, item) == {"data": {"item": None}}


async def test_what_cannot_be_done_is_answered_as_a_problem(database: ThrowAwayDatabase) -> None:
    gone = await database.execute(subgraph, REMOVE, CLERK, {"id": str(uuid4())})
    assert gone == {"data": {"removeItem": {"__typename": "NotFound", "code": "ITEM_NOT_FOUND"}}}
    no_id = await database.execute(subgraph, CHANGE, CLERK, {"id": "1", "sent": SENT})
    assert no_id == {"data": {"changeItem": {"__typename": "InvalidInput", "code": "BAD_USER_INPUT"}}}
