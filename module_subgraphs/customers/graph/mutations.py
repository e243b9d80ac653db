from typing import Annotated

import strawberry

from foundation_subgraph.kit import Info, InvalidInput, mutation, requires
from module_subgraphs.customers.graph.types import Customer
from module_subgraphs.customers.permissions import CUSTOMERS_WRITE
from module_subgraphs.customers.service import add_customer

AddCustomerResult = Annotated[Customer | InvalidInput, strawberry.union("AddCustomerResult")]


@strawberry.type
class Mutation:
    @mutation(
        requires(CUSTOMERS_WRITE),
        problems={},
        description="Add a customer. With an external reference, asking again gives the customer that has it, unchanged.",
    )
    async def add_customer(
        self,
        info: Info,
        name: str,
        email: str | None = None,
        city: str | None = None,
        external_reference: str | None = None,
    ) -> AddCustomerResult | None:
        async with info.context.transaction() as session:
            row = await add_customer(
                session, name=name, email=email, city=city, external_reference=external_reference
            )
            return Customer.of(row)
