"""What can be done with points, over a session that sees one tenant."""

from collections.abc import Sequence
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import DemoTenant, Refusal, among
from module_subgraphs.loyalty.tables import PointAwardRow

MAX_AWARD: Final = 100_000
AWARD_ORDER: Final = (PointAwardRow.awarded_at, PointAwardRow.id)
_MAX_REASON: Final = 200

_DEMO_AWARDS: Final = (
    (1, 1200, "Welcome"),
    (1, 1300, "Ten years with us"),
    (2, 650, "First order"),
    (4, 90, "Survey answered"),
)


class Tier(Enum):
    """How much a customer is thanked, from the points that begin it."""

    BRONZE = 0
    SILVER = 500
    GOLD = 2000


def tier_of(points: int) -> Tier:
    return max((tier for tier in Tier if tier.value <= points), key=lambda tier: tier.value)


async def balances(session: AsyncSession, customers: Sequence[UUID]) -> dict[UUID, int]:
    """Points of those customers who have any."""
    query = (
        select(PointAwardRow.customer_id, func.sum(PointAwardRow.points))
        .where(among(PointAwardRow.customer_id, customers))
        .group_by(PointAwardRow.customer_id)
    )
    return {customer: int(points) for customer, points in await session.execute(query)}


async def points_awarded(session: AsyncSession, users: Sequence[UUID]) -> dict[UUID, int]:
    """Points that those users gave away who did."""
    query = (
        select(PointAwardRow.awarded_by, func.sum(PointAwardRow.points))
        .where(among(PointAwardRow.awarded_by, users))
        .group_by(PointAwardRow.awarded_by)
    )
    return {user: int(points) for user, points in await session.execute(query)}


async def award_points(
    session: AsyncSession, *, customer: UUID, points: int, reason: str, awarded_by: UUID
) -> PointAwardRow:
    """Give a customer points. Whether there is such a customer is for the customers module to know."""
    reason = reason.strip()
    if not 0 < points <= MAX_AWARD:
        raise Refusal("BAD_USER_INPUT", f"points are between 1 and {MAX_AWARD}")
    if not 0 < len(reason) <= _MAX_REASON:
        raise Refusal("BAD_USER_INPUT", f"A reason has between 1 and {_MAX_REASON} characters")
    row = PointAwardRow(customer_id=customer, points=points, reason=reason, awarded_by=awarded_by)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def write_demo_data(session: AsyncSession, tenant: DemoTenant) -> None:
    awarded_by = tenant.users.get("clerk") or tenant.users["owner"]
    for number, points, reason in _DEMO_AWARDS:
        customer = tenant.demo_id("Customer", number)
        session.add(PointAwardRow(customer_id=customer, points=points, reason=reason, awarded_by=awarded_by))
