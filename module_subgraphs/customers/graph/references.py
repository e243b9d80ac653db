"""Representation to entity, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from foundation_subgraph.kit import RequestContext, batched
from module_subgraphs.customers.graph.types import Customer
from module_subgraphs.customers.service import find_customers


@dataclass(frozen=True, slots=True)
class CustomerReference:
    id: UUID


@batched(Customer, CustomerReference)
async def load_customers(
    context: RequestContext, references: Sequence[CustomerReference]
) -> list[Customer | None]:
    async with context.transaction() as session:
        found = await find_customers(session, [reference.id for reference in references])
    return [Customer.of(row) if (row := found.get(reference.id)) else None for reference in references]
