from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from sqlalchemy import select

from foundation_subgraph.kit import (
    Connection,
    Info,
    RequestContext,
    Window,
    field,
    find_pages,
    requires,
)
from module_subgraphs.loyalty.permissions import LOYALTY_READ
from module_subgraphs.loyalty.service import AWARD_ORDER, Tier, balances, points_awarded, tier_of
from module_subgraphs.loyalty.tables import PointAwardRow

strawberry.enum(Tier, description="How much a customer is thanked: silver from 500 points, gold from 2000.")


@strawberry.federation.type(keys=["id"])
class Customer:
    """The customers module's entity, with what loyalty knows of it."""

    id: strawberry.ID

    @field(requires(LOYALTY_READ), description="All points awarded to the customer.")
    async def points(self, info: Info) -> int | None:
        return await info.context.loader(load_balances).load(UUID(self.id))

    @field(requires(LOYALTY_READ))
    async def tier(self, info: Info) -> Tier | None:
        return tier_of(await info.context.loader(load_balances).load(UUID(self.id)))

    @field(requires(LOYALTY_READ), description="All awards to the customer, newest first.")
    async def point_awards(
        self, info: Info, window: Window
    ) -> Connection[Annotated["PointAward", strawberry.lazy(__name__)]] | None:
        return await info.context.loader(load_pages_of_awards).load((UUID(self.id), window))


@strawberry.federation.type(keys=["id"])
class User:
    """The foundation's entity, with what loyalty knows of it."""

    id: strawberry.ID

    @field(requires(LOYALTY_READ), description="All points that the user has awarded.")
    async def points_awarded(self, info: Info) -> int | None:
        return await info.context.loader(load_points_awarded).load(UUID(self.id))


@strawberry.type(directives=[requires(LOYALTY_READ)], description="Points given to a customer once.")
class PointAward:
    id: strawberry.ID
    customer: Customer
    points: int
    reason: str
    awarded_by: User
    awarded_at: datetime

    @classmethod
    def of(cls, row: PointAwardRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            customer=Customer(id=strawberry.ID(str(row.customer_id))),
            points=row.points,
            reason=row.reason,
            awarded_by=User(id=strawberry.ID(str(row.awarded_by))),
            awarded_at=row.awarded_at,
        )


async def load_balances(context: RequestContext, customers: Sequence[UUID]) -> list[int]:
    async with context.transaction() as session:
        found = await balances(session, customers)
    return [found.get(customer, 0) for customer in customers]


async def load_points_awarded(context: RequestContext, users: Sequence[UUID]) -> list[int]:
    async with context.transaction() as session:
        found = await points_awarded(session, users)
    return [found.get(user, 0) for user in users]


async def load_pages_of_awards(
    context: RequestContext, wanted: Sequence[tuple[UUID, Window]]
) -> list[Connection[PointAward]]:
    async with context.transaction() as session:
        return await find_pages(
            session,
            select(PointAwardRow),
            PointAwardRow.customer_id,
            wanted,
            AWARD_ORDER,
            PointAward.of,
            descending=True,
        )
