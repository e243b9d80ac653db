"""Representation to entity, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import strawberry

from foundation_subgraph.kit import RequestContext, batched
from module_subgraphs.inventory.graph.types import Item, User, load_items_by_id


@dataclass(frozen=True, slots=True)
class Reference:
    id: UUID


@batched(Item, Reference)
async def load_items(context: RequestContext, references: Sequence[Reference]) -> list[Item | None]:
    return await load_items_by_id(context, [reference.id for reference in references])


@batched(User, Reference)
async def load_users(_context: RequestContext, references: Sequence[Reference]) -> list[User]:
    return [User(id=strawberry.ID(str(reference.id))) for reference in references]
