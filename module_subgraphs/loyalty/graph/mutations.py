from typing import Annotated

import strawberry

from foundation_subgraph.kit import Info, InvalidInput, mutation, read_id, requires
from module_subgraphs.loyalty.graph.types import PointAward
from module_subgraphs.loyalty.permissions import LOYALTY_AWARD, LOYALTY_READ
from module_subgraphs.loyalty.service import award_points

AwardPointsResult = Annotated[PointAward | InvalidInput, strawberry.union("AwardPointsResult")]


@strawberry.type
class Mutation:
    @mutation(requires(LOYALTY_AWARD, LOYALTY_READ), problems={}, description="Award points to a customer.")
    async def award_points(
        self, info: Info, customer_id: strawberry.ID, points: int, reason: str
    ) -> AwardPointsResult | None:
        async with info.context.transaction() as session:
            row = await award_points(
                session,
                customer=read_id(customer_id),
                points=points,
                reason=reason,
                awarded_by=info.context.subject,
            )
        return PointAward.of(row)
