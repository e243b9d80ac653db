"""What can be done with tenants, over a session."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import among
from foundation_subgraph.tenants.tables import TenantRow


async def find_tenants(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, TenantRow]:
    """Those of the tenants that the session may see, which is its own at most."""
    rows = await session.scalars(select(TenantRow).where(among(TenantRow.id, ids)))
    return {row.id: row for row in rows}


async def current_tenant(session: AsyncSession) -> TenantRow | None:
    """The tenant that the session is narrowed to."""
    return (await session.scalars(select(TenantRow))).one_or_none()
