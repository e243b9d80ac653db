"""Representation to entity, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import strawberry

from foundation_subgraph.kit import RequestContext, batched
from module_subgraphs.tasks.graph.types import Task, User, load_tasks_by_id


@dataclass(frozen=True, slots=True)
class Reference:
    id: UUID


@batched(Task, Reference)
async def load_tasks(context: RequestContext, references: Sequence[Reference]) -> list[Task | None]:
    return await load_tasks_by_id(context, [reference.id for reference in references])


@batched(User, Reference)
async def load_users(_context: RequestContext, references: Sequence[Reference]) -> list[User]:
    return [User(id=strawberry.ID(str(reference.id))) for reference in references]
