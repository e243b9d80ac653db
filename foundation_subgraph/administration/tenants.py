"""Tenants, from the command line: the same services as `createTenant`, `suspendTenant` and the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation_subgraph.administration.office import Office, record_operation
from foundation_subgraph.permissions.service import OWNER
from foundation_subgraph.tenants.service import (
    ORDER,
    TenantStatus,
    Wanted,
    create_tenant,
    see_all_tenants,
    set_status,
    tenants,
)
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import Invited, invite

_DONE: Final = {
    TenantStatus.ACTIVE: "tenant.reactivated",
    TenantStatus.SUSPENDED: "tenant.suspended",
    TenantStatus.CLOSED: "tenant.closed",
}


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant just made, and the invitation of its first owner."""

    row: TenantRow
    invited: Invited


async def make_tenant(office: Office, slug: str, name: str, owner: str, owner_name: str) -> NewTenant:
    async with office.session() as session:
        row = await create_tenant(session, slug, name)
        invited = await invite(session, email=owner, name=owner_name, roles=[OWNER], invited_by=None)
        await record_operation(office, session, "tenant.created", row, {"owner": invited.row.email})
    return NewTenant(row, invited)


async def list_tenants(office: Office, wanted: Wanted) -> Sequence[TenantRow]:
    """By name."""
    async with office.session() as session:
        await see_all_tenants(session)
        return (await session.scalars(tenants(wanted).order_by(*ORDER))).all()


async def find_tenant(office: Office, slug: str) -> TenantRow:
    async with office.tenant_session(slug) as (_, row):
        return row


async def change_status(office: Office, slug: str, status: TenantStatus, reason: str) -> TenantRow:
    async with office.tenant_session(slug) as (session, found):
        row = await set_status(session, found.id, status, reason)
        await record_operation(office, session, _DONE[status], row, {"reason": row.status_reason})
    return row
