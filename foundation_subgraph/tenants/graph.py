"""Tenant in the graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from foundation_subgraph.kit import Info, RequestContext, authenticated, batched, field
from foundation_subgraph.tenants.service import current_tenant, find_tenants
from foundation_subgraph.tenants.tables import TenantRow


@strawberry.federation.type(
    keys=["id"], directives=[authenticated], description="A company. Everything else belongs to one."
)
class Tenant:
    id: strawberry.ID
    slug: str = strawberry.field(description="The short name, as it stands in addresses.")
    name: str
    created_at: datetime

    @classmethod
    def of(cls, row: TenantRow) -> Self:
        return cls(id=strawberry.ID(str(row.id)), slug=row.slug, name=row.name, created_at=row.created_at)


@strawberry.type
class TenantQueries:
    @field(authenticated, description="The tenant that you are signed in to.")
    async def tenant(self, info: Info) -> Tenant | None:
        async with info.context.transaction() as session:
            row = await current_tenant(session)
        return None if row is None else Tenant.of(row)


@dataclass(frozen=True, slots=True)
class TenantReference:
    id: UUID


@batched(Tenant, TenantReference)
async def load_tenants(context: RequestContext, references: Sequence[TenantReference]) -> list[Tenant | None]:
    async with context.transaction() as session:
        found = await find_tenants(session, [reference.id for reference in references])
    return [Tenant.of(row) if (row := found.get(reference.id)) else None for reference in references]
