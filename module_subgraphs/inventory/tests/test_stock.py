"""Stock comes and goes by movements, and whoever listens hears when it runs out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from foundation_subgraph.kit import DemoTenant, Event, Refusal
from foundation_subgraph.kit.testing import ACME, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.inventory import subgraph
from module_subgraphs.inventory.service import (
    LOW_STOCK,
    MAX_QUANTITY,
    ItemValues,
    StockReason,
    add_item,
    find_items,
    latest_movements,
    move_stock,
    remove_item,
    write_demo_data,
)
from module_subgraphs.inventory.tables import StockMovementRow

VALUES = ItemValues(sku="SPRING", name="Spring", unit_price=Decimal("1.50"), low_at=3)
READER = principal("inventory:read")


async def stocked(database: ThrowAwayDatabase, quantity: int = 10) -> UUID:
    async with database.session() as session:
        id_ = (await add_item(session, VALUES)).id
        await move_stock(session, id_, quantity, StockReason.RECEIVED, moved_by=SOMEBODY)
    return id_


async def move(database: ThrowAwayDatabase, item: UUID, quantity: int, reason: StockReason) -> int:
    async with database.session() as session:
        return (await move_stock(session, item, quantity, reason, moved_by=SOMEBODY)).stock_after


@asynccontextmanager
async def low_stock(database: ThrowAwayDatabase) -> AsyncIterator[list[Event]]:
    """The events that are heard meanwhile."""
    events: list[Event] = []
    hearing = database.application.events.hear(LOW_STOCK, str(ACME))

    async def hear() -> None:
        async for event in hearing:
            events.append(event)

    task = asyncio.create_task(hear())
    try:
        async with asyncio.timeout(10):
            while LOW_STOCK.name not in database.application.events.topics:  # noqa: ASYNC110 - set by the database
                await asyncio.sleep(0.002)
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await hearing.aclose()


async def test_stock_is_the_sum_of_its_movements(database: ThrowAwayDatabase) -> None:
    item = await stocked(database)
    assert await move(database, item, -4, StockReason.SOLD) == 6
    assert await move(database, item, 1, StockReason.RETURNED) == 7
    assert await move(database, item, -2, StockReason.COUNTED) == 5
    async with database.session() as session:
        row = (await find_items(session, [item]))[item]
        movements = (await latest_movements(session, StockMovementRow.item_id, [item]))[item]
    assert row.in_stock == 5 == sum(movement.quantity for movement in movements)
    assert [movement.stock_after for movement in movements] == [5, 7, 6, 10]


async def test_what_is_not_in_stock_cannot_go(database: ThrowAwayDatabase) -> None:
    item = await stocked(database)
    with pytest.raises(Refusal, match="10 are in stock") as refused:
        await move(database, item, -11, StockReason.SOLD)
    assert refused.value.code == "NOT_IN_STOCK"
    assert await move(database, item, -10, StockReason.SOLD) == 0


async def test_of_two_who_take_the_last_one_gets_it(database: ThrowAwayDatabase) -> None:
    item = await stocked(database, 1)
    taken = await asyncio.gather(
        *(move(database, item, -1, StockReason.SOLD) for _ in range(5)), return_exceptions=True
    )
    assert [each for each in taken if isinstance(each, int)] == [0]
    assert sum(isinstance(each, Refusal) for each in taken) == 4


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        (0, StockReason.COUNTED),
        (MAX_QUANTITY + 1, StockReason.RECEIVED),
        (-1, StockReason.RECEIVED),
        (1, StockReason.SOLD),
    ],
)
async def test_what_is_no_movement_is_refused(
    database: ThrowAwayDatabase, quantity: int, reason: StockReason
) -> None:
    with pytest.raises(Refusal) as refused:
        await move(database, uuid4(), quantity, reason)
    assert refused.value.code == "BAD_USER_INPUT"


async def test_a_movement_of_nothing_known_is_refused(database: ThrowAwayDatabase) -> None:
    with pytest.raises(Refusal, match="no such item"):
        await move(database, uuid4(), 1, StockReason.RECEIVED)


async def test_a_sku_is_given_once_in_a_tenant(database: ThrowAwayDatabase) -> None:
    await stocked(database)
    async with database.session() as session:
        with pytest.raises(Refusal) as refused:
            await add_item(session, VALUES)
    assert refused.value.code == "SKU_TAKEN"


async def test_an_item_takes_its_movements_with_it(database: ThrowAwayDatabase) -> None:
    item = await stocked(database)
    async with database.session() as session:
        await remove_item(session, item)
    async with database.session() as session:
        assert (await session.scalars(select(StockMovementRow))).all() == []


async def test_who_listens_hears_of_an_item_once_when_it_runs_out(database: ThrowAwayDatabase) -> None:
    item = await stocked(database)
    async with low_stock(database) as events:
        await move(database, item, -6, StockReason.SOLD)  # 4: not low yet
        await move(database, item, -1, StockReason.SOLD)  # 3: low
        await move(database, item, -1, StockReason.SOLD)  # low already
        await move(database, item, 5, StockReason.RECEIVED)
        await move(database, item, -5, StockReason.SOLD)  # low again
        async with asyncio.timeout(10):
            while len(events) < 2:  # noqa: ASYNC110 - told by the database
                await asyncio.sleep(0.002)
    assert events == [{"item": str(item)}] * 2


MOVE = """mutation ($item: ID!, $quantity: Int!) {
  moveStock(itemId: $item, quantity: $quantity, reason: SOLD, note: "till 3") {
    __typename
    ... on StockMovement { quantity note stockAfter movedBy { id } item { sku isLow inStock } }
    ... on Problem { code }
  }
}"""


async def test_through_the_graph_stock_is_moved_and_seen(database: ThrowAwayDatabase) -> None:
    item = await stocked(database)
    clerk = principal("inventory:read", "inventory:move")
    answer = await database.execute(subgraph, MOVE, clerk, {"item": str(item), "quantity": -8})
    assert answer["data"]["moveStock"] == {
        "__typename": "StockMovement",
        "quantity": -8,
        "note": "till 3",
        "stockAfter": 2,
        "movedBy": {"id": str(SOMEBODY)},
        "item": {"sku": "SPRING", "isLow": True, "inStock": 2},
    }
    answer = await database.execute(subgraph, MOVE, clerk, {"item": str(item), "quantity": -8})
    assert answer["data"]["moveStock"] == {"__typename": "Conflict", "code": "NOT_IN_STOCK"}
    listed = "{ items(low: true) { nodes { sku movements { reason } } } }"
    answer = await database.execute(subgraph, listed, READER)
    [found] = answer["data"]["items"]["nodes"]
    assert found == {"sku": "SPRING", "movements": [{"reason": "SOLD"}, {"reason": "RECEIVED"}]}


async def test_movements_of_many_users_are_one_statement(database: ThrowAwayDatabase) -> None:
    await stocked(database)
    sent = [{"__typename": "User", "id": str(id_)} for id_ in (SOMEBODY, uuid4())]
    with database.statements() as seen:
        answer = await database.entities(
            subgraph, sent, "... on User { stockMovements { quantity } }", READER
        )
    assert len(seen) == 1
    assert [len(user["stockMovements"]) for user in answer["data"]["_entities"]] == [1, 0]


async def test_demo_items_are_in_stock_and_one_runs_out(database: ThrowAwayDatabase) -> None:
    acme = DemoTenant(ACME, "acme", {"owner": SOMEBODY})
    async with database.session() as session:
        await write_demo_data(session, acme)
    answer = await database.execute(subgraph, "{ items(low: true) { nodes { sku } } }", READER)
    assert answer["data"]["items"]["nodes"] == [{"sku": "DOVETAIL-SAW"}]
