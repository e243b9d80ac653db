"""Representation to entity, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from foundation_subgraph.kit import RequestContext, batched
from module_subgraphs.leads.graph.types import Lead
from module_subgraphs.leads.service import find_leads


@dataclass(frozen=True, slots=True)
class Reference:
    id: UUID


@batched(Lead, Reference)
async def load_leads(context: RequestContext, references: Sequence[Reference]) -> list[Lead | None]:
    async with context.transaction() as session:
        found = await find_leads(session, [reference.id for reference in references])
    return [Lead.of(row) if (row := found.get(reference.id)) else None for reference in references]
