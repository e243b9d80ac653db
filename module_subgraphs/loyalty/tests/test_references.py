"""Representations of Customer and User: what loyalty knows of many of them costs one query each kind."""

from uuid import UUID, uuid4

from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.loyalty import subgraph
from module_subgraphs.loyalty.service import award_points

READER = principal("loyalty:read")


async def award(database: ThrowAwayDatabase, customer: UUID, *points: int, tenant: UUID = ACME) -> None:
    async with database.session(tenant) as session:
        for one in points:
            await award_points(session, customer=customer, points=one, reason="x", awarded_by=SOMEBODY)


async def test_customers_and_users_of_one_fetch_are_each_answered(database: ThrowAwayDatabase) -> None:
    customer, other = uuid4(), uuid4()
    await award(database, customer, 400, 100)
    sent = [
        {"__typename": "Customer", "id": str(customer)},
        {"__typename": "User", "id": str(SOMEBODY)},
        {"__typename": "Customer", "id": str(other)},
    ]
    selection = "... on Customer { points tier } ... on User { pointsAwarded }"
    answer = await database.entities(subgraph, sent, selection, READER)
    assert answer == {
        "data": {
            "_entities": [
                {"points": 500, "tier": "SILVER"},
                {"pointsAwarded": 500},
                {"points": 0, "tier": "BRONZE"},
            ]
        }
    }


async def test_a_thousand_customers_with_points_and_tier_are_one_statement(
    database: ThrowAwayDatabase,
) -> None:
    sent = [{"__typename": "Customer", "id": str(uuid4())} for _ in range(1000)]
    with database.statements() as seen:
        await database.entities(subgraph, sent, "... on Customer { points tier }", READER)
    assert len(seen) == 1


async def test_the_latest_awards_of_many_customers_are_one_statement(database: ThrowAwayDatabase) -> None:
    customers = [uuid4() for _ in range(3)]
    for customer in customers:
        await award(database, customer, *range(1, 13))
    sent = [{"__typename": "Customer", "id": str(customer)} for customer in customers]
    with database.statements() as seen:
        answer = await database.entities(
            subgraph, sent, "... on Customer { pointAwards { points awardedBy { id } } }", READER
        )
    assert len(seen) == 1
    assert [len(one["pointAwards"]) for one in answer["data"]["_entities"]] == [10, 10, 10]


async def test_points_of_another_tenant_do_not_count(database: ThrowAwayDatabase) -> None:
    same = uuid4()
    await award(database, same, 100, tenant=ACME)
    await award(database, same, 7, tenant=GLOBEX)
    sent = [{"__typename": "Customer", "id": str(same)}]
    for tenant, points in ((ACME, 100), (GLOBEX, 7)):
        asking = principal("loyalty:read", tenant=tenant)
        answer = await database.entities(subgraph, sent, "... on Customer { points }", asking)
        assert answer == {"data": {"_entities": [{"points": points}]}}
