"""Representation to entity, in batches. What loyalty knows of an entity is loaded by the fields that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import strawberry

from foundation_subgraph.kit import RequestContext, batched
from module_subgraphs.loyalty.graph.types import Customer, User


@dataclass(frozen=True, slots=True)
class Reference:
    id: UUID


@batched(Customer, Reference)
async def load_customers(_context: RequestContext, references: Sequence[Reference]) -> list[Customer]:
    return [Customer(id=strawberry.ID(str(reference.id))) for reference in references]


@batched(User, Reference)
async def load_users(_context: RequestContext, references: Sequence[Reference]) -> list[User]:
    return [User(id=strawberry.ID(str(reference.id))) for reference in references]
