import strawberry

from foundation_subgraph.kit import Info, mutation, read_id, requires
from module_subgraphs.loyalty.graph.types import PointAward
from module_subgraphs.loyalty.permissions import LOYALTY_AWARD
from module_subgraphs.loyalty.service import award_points


@strawberry.type
class Mutation:
    @mutation(requires(LOYALTY_AWARD), description="Award points to a customer.")
    async def award_points(
        self, info: Info, customer_id: strawberry.ID, points: int, reason: str
    ) -> PointAward | None:
        async with info.context.transaction() as session:
            row = await award_points(
                session,
                customer=read_id(customer_id),
                points=points,
                reason=reason,
                awarded_by=info.context.subject,
            )
        return PointAward.of(row)
