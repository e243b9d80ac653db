"""What can be done with points."""

from uuid import UUID, uuid4

import pytest

from foundation_subgraph.kit import DemoTenant, Refusal
from foundation_subgraph.kit.testing import ACME, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.loyalty import subgraph
from module_subgraphs.loyalty.service import (
    Tier,
    award_points,
    balances,
    points_awarded,
    tier_of,
    write_demo_data,
)

CLERK = principal("loyalty:read", "loyalty:award")


@pytest.mark.parametrize(
    ("points", "tier"),
    [
        (0, Tier.BRONZE),
        (499, Tier.BRONZE),
        (500, Tier.SILVER),
        (1999, Tier.SILVER),
        (2000, Tier.GOLD),
        (10**9, Tier.GOLD),
    ],
)
def test_a_tier_begins_with_its_points(points: int, tier: Tier) -> None:
    assert tier_of(points) is tier


async def test_points_add_up_by_customer_and_by_who_awarded_them(database: ThrowAwayDatabase) -> None:
    ada, alan, carl = uuid4(), uuid4(), uuid4()
    async with database.session() as session:
        for customer, points, by in ((ada, 10, carl), (ada, 5, SOMEBODY), (alan, 1, carl)):
            await award_points(session, customer=customer, points=points, reason="x", awarded_by=by)
        assert await balances(session, [ada, alan, uuid4()]) == {ada: 15, alan: 1}
        assert await points_awarded(session, [carl, SOMEBODY, uuid4()]) == {carl: 11, SOMEBODY: 5}


@pytest.mark.parametrize(
    ("points", "reason"), [(0, "x"), (-5, "x"), (100_001, "x"), (1, "  "), (1, "x" * 201)]
)
async def test_what_is_no_award_is_refused(database: ThrowAwayDatabase, points: int, reason: str) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal):
            await award_points(session, customer=uuid4(), points=points, reason=reason, awarded_by=SOMEBODY)


async def test_sums_may_outgrow_one_awards_integer(database: ThrowAwayDatabase) -> None:
    customer = uuid4()
    async with database.session() as session:
        for _ in range(3):
            await award_points(session, customer=customer, points=100_000, reason="x", awarded_by=SOMEBODY)
        assert await balances(session, [customer]) == {customer: 300_000}


AWARD = """mutation ($customer: ID!) {
  first: awardPoints(customerId: $customer, points: 300, reason: "First order") { ... on PointAward { customer { points tier } awardedBy { id } } }
  second: awardPoints(customerId: $customer, points: 300, reason: "Second") { ... on PointAward { customer { points tier } } ... on InvalidInput { code } }
}"""


async def test_through_the_graph_each_award_sees_the_balance_it_made(database: ThrowAwayDatabase) -> None:
    customer = str(uuid4())
    answer = await database.execute(subgraph, AWARD, CLERK, {"customer": customer})
    assert answer == {
        "data": {
            "first": {"customer": {"points": 300, "tier": "BRONZE"}, "awardedBy": {"id": str(SOMEBODY)}},
            "second": {"customer": {"points": 600, "tier": "SILVER"}},
        }
    }
    wrong = await database.execute(subgraph, AWARD, CLERK, {"customer": "1"})
    assert wrong["data"] == {"first": {}, "second": {"code": "BAD_USER_INPUT"}}


async def test_demo_awards_belong_to_demo_customers_and_the_clerk(database: ThrowAwayDatabase) -> None:
    clerk = UUID(int=5)
    acme = DemoTenant(ACME, "acme", {"owner": SOMEBODY, "clerk": clerk})
    async with database.session() as session:
        await write_demo_data(session, acme)
        assert (await balances(session, [acme.demo_id("Customer", 1)])) == {acme.demo_id("Customer", 1): 2500}
        assert set(await points_awarded(session, [clerk])) == {clerk}
