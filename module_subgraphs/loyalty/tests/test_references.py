"""Representations of Customer and User: what loyalty knows of many of them costs one query each kind."""

from typing import Any
from uuid import UUID, uuid4

from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.loyalty import subgraph
from module_subgraphs.loyalty.service import award_points

READER = principal("loyalty:read")


async def award(database: ThrowAwayDatabase, customer: UUID, *points: int, tenant: UUID = ACME) -> None:
    for one in points:
        async with database.session(tenant) as session:  # each at a moment of its own
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


async def test_the_same_page_of_awards_of_many_customers_is_one_statement(
    database: ThrowAwayDatabase,
) -> None:
    customers = [uuid4() for _ in range(3)]
    for customer in customers:
        await award(database, customer, *range(1, 13))
    sent = [{"__typename": "Customer", "id": str(customer)} for customer in customers]
    sent.append({"__typename": "Customer", "id": str(uuid4())})
    selected = "... on Customer { pointAwards(first: 5) { nodes { points awardedBy { id } } pageInfo { hasNextPage } } }"
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, selected, READER)
    assert len(seen) == 1
    pages = [one["pointAwards"] for one in answer["data"]["_entities"]]
    assert [[award["points"] for award in page["nodes"]] for page in pages] == [[12, 11, 10, 9, 8]] * 3 + [[]]
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True, True, True, False]


async def test_all_awards_are_seen_page_by_page_in_either_direction(database: ThrowAwayDatabase) -> None:
    customer = uuid4()
    await award(database, customer, *range(1, 6))
    await award(database, uuid4(), 100)
    sent = [{"__typename": "Customer", "id": str(customer)}]

    async def page(window: str) -> dict[str, Any]:
        selected = f"... on Customer {{ pointAwards({window}) {{ edges {{ cursor node {{ points }} }} }} }}"
        answer = await database.entities(subgraph, sent, selected, READER)
        found: dict[str, Any] = answer["data"]["_entities"][0]["pointAwards"]
        return found

    def points(found: dict[str, Any]) -> list[int]:
        return [edge["node"]["points"] for edge in found["edges"]]

    first = await page("first: 2")
    rest = await page(f'first: 9, after: "{first["edges"][-1]["cursor"]}"')
    assert points(first) + points(rest) == [5, 4, 3, 2, 1]
    assert points(await page("last: 2")) == [2, 1]
    assert points(await page(f'last: 9, before: "{rest["edges"][0]["cursor"]}"')) == [5, 4]


async def test_different_pages_of_one_customer_stand_beside_each_other(database: ThrowAwayDatabase) -> None:
    customer = uuid4()
    await award(database, customer, *range(1, 6))
    selected = "... on Customer { new: pointAwards(first: 1) { nodes { points } } old: pointAwards(last: 1) { nodes { points } } }"
    answer = await database.entities(
        subgraph, [{"__typename": "Customer", "id": str(customer)}], selected, READER
    )
    [found] = answer["data"]["_entities"]
    assert (found["new"]["nodes"], found["old"]["nodes"]) == ([{"points": 5}], [{"points": 1}])


async def test_points_of_another_tenant_do_not_count(database: ThrowAwayDatabase) -> None:
    same = uuid4()
    await award(database, same, 100, tenant=ACME)
    await award(database, same, 7, tenant=GLOBEX)
    sent = [{"__typename": "Customer", "id": str(same)}]
    for tenant, points in ((ACME, 100), (GLOBEX, 7)):
        asking = principal("loyalty:read", tenant=tenant)
        answer = await database.entities(subgraph, sent, "... on Customer { points }", asking)
        assert answer == {"data": {"_entities": [{"points": points}]}}
