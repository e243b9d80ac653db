import strawberry

from foundation_subgraph.kit import Info, field, read_id, requires
from module_subgraphs.customers.graph.types import Customer
from module_subgraphs.customers.permissions import CUSTOMERS_READ
from module_subgraphs.customers.service import find_customers, list_customers


@strawberry.type
class Query:
    @field(
        requires(CUSTOMERS_READ),
        description="Customers by name. `after` is the id of the last customer of the page before.",
    )
    async def customers(
        self, info: Info, limit: int = 50, after: strawberry.ID | None = None
    ) -> list[Customer] | None:
        async with info.context.transaction() as session:
            rows = await list_customers(session, limit, None if after is None else read_id(after))
        return [Customer.of(row) for row in rows]

    @field(requires(CUSTOMERS_READ), description="One customer, null where there is none.")
    async def customer(self, info: Info, id: strawberry.ID) -> Customer | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            row = (await find_customers(session, [wanted])).get(wanted)
        return None if row is None else Customer.of(row)
