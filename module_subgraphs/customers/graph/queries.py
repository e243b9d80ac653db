import strawberry

from foundation_subgraph.kit import Connection, Info, Window, field, find_page, read_id, requires
from module_subgraphs.customers.graph.types import Customer
from module_subgraphs.customers.permissions import CUSTOMERS_READ
from module_subgraphs.customers.service import ORDER, customers, find_customers


@strawberry.type
class Query:
    @field(requires(CUSTOMERS_READ), description="The customers of your tenant, by name.")
    async def customers(self, info: Info, window: Window) -> Connection[Customer] | None:
        async with info.context.transaction() as session:
            return await find_page(session, customers(), ORDER, window, Customer.of)

    @field(requires(CUSTOMERS_READ), description="One customer, null where there is none.")
    async def customer(self, info: Info, id: strawberry.ID) -> Customer | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            row = (await find_customers(session, [wanted])).get(wanted)
        return None if row is None else Customer.of(row)
