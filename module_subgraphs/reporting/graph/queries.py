import asyncio

import strawberry

from foundation_subgraph.kit import Info, field, requires
from module_subgraphs.reporting.graph.types import CustomerStanding
from module_subgraphs.reporting.graph_client import Client
from module_subgraphs.reporting.permissions import REPORTING_RUN
from module_subgraphs.reporting.service import customer_standing, read_count


@strawberry.type
class Query:
    @field(
        requires(REPORTING_RUN),
        description="Your customers by the points that they have; at most 200, the first by name.",
    )
    async def customer_standing(self, info: Info, first: int = 50) -> CustomerStanding | None:
        wanted = read_count(first)
        customers, points = await asyncio.gather(
            info.context.graph(Client).reported_customers(first=wanted),
            info.context.graph(Client).reported_points(first=wanted),
        )
        return CustomerStanding.of(customer_standing(customers, points))
