"""Tenant in the graph: its own name for its members, its life for the platform's operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Conflict,
    Connection,
    Info,
    InvalidInput,
    NotFound,
    Problem,
    RequestContext,
    Window,
    authenticated,
    batched,
    field,
    find_page,
    mutation,
    narrow,
    read_id,
    requires,
)
from foundation_subgraph.nodes import Node
from foundation_subgraph.permissions.service import OWNER
from foundation_subgraph.tenants.service import (
    ORDER,
    PLATFORM_TENANTS,
    TENANT_MANAGE,
    TenantStatus,
    Wanted,
    create_tenant,
    current_tenant,
    find_tenants,
    rename_tenant,
    see_all_tenants,
    set_status,
    tenants,
)
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.graph import mail_invitation
from foundation_subgraph.users.service import invite

strawberry.enum(
    TenantStatus, description="Nobody signs in to a tenant that is not active. Closed is for ever."
)


@strawberry.federation.type(
    keys=["id"], directives=[authenticated], description="A company. Everything else belongs to one."
)
class Tenant(Node):
    id: strawberry.ID
    slug: str = strawberry.field(description="The short name, as it stands in addresses.")
    name: str
    created_at: datetime
    status: TenantStatus
    status_since: datetime

    @classmethod
    def of(cls, row: TenantRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            slug=row.slug,
            name=row.name,
            created_at=row.created_at,
            status=TenantStatus(row.status),
            status_since=row.status_since,
        )


@strawberry.type(description="A tenant just made, and the invitation of its first owner.")
class NewTenant:
    tenant: Tenant
    token: str = strawberry.field(
        description="Hand it to the owner: it is shown this once, and accepted at /sign-in/accept."
    )


@strawberry.input(description="Which tenants are wanted: those that fit all that is said.")
class TenantFilter:
    search: str | None = strawberry.field(
        default=None, description="Stands in the name or the short name, in capitals or not."
    )
    status: TenantStatus | None = None

    def wanted(self) -> Wanted:
        return Wanted(self.search, self.status)


CreateTenantResult = Annotated[NewTenant | InvalidInput | Conflict, strawberry.union("CreateTenantResult")]
TenantStatusResult = Annotated[
    Tenant | InvalidInput | NotFound | Conflict, strawberry.union("TenantStatusResult")
]
RenameTenantResult = Annotated[Tenant | InvalidInput, strawberry.union("RenameTenantResult")]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "TENANT_NOT_FOUND": NotFound,
    "TENANT_EXISTS": Conflict,
    "TENANT_CLOSED": Conflict,
    "TENANT_IS_PLATFORM": Conflict,
}


@strawberry.type
class TenantQueries:
    @field(authenticated, description="The tenant that you are signed in to.")
    async def tenant(self, info: Info) -> Tenant | None:
        async with info.context.transaction() as session:
            row = await current_tenant(session)
        return None if row is None else Tenant.of(row)

    @field(requires(PLATFORM_TENANTS), description="All tenants, by name.")
    async def tenants(
        self,
        info: Info,
        window: Window,
        filter: TenantFilter | None = None,  # noqa: A002 - the field's usual word
    ) -> Connection[Tenant] | None:
        wanted = filter.wanted() if filter is not None else Wanted()
        async with info.context.transaction() as session:
            await see_all_tenants(session)
            return await find_page(session, tenants(wanted), ORDER, window, Tenant.of)


@strawberry.type
class TenantMutations:
    @mutation(requires(TENANT_MANAGE), problems=PROBLEMS, description="Rename your tenant.")
    async def rename_tenant(self, info: Info, name: str) -> RenameTenantResult | None:
        async with info.context.transaction() as session:
            row = await rename_tenant(session, name)
            await record(session, info.context.subject, "tenant.renamed", row.id, {"name": row.name})
        return Tenant.of(row)

    @mutation(
        requires(PLATFORM_TENANTS),
        problems=PROBLEMS,
        description="Make a tenant, and invite its first owner.",
    )
    async def create_tenant(
        self, info: Info, slug: str, name: str, owner_email: str, owner_name: str
    ) -> CreateTenantResult | None:
        context = info.context
        async with context.transaction() as session:
            row = await create_tenant(session, slug, name)
            invited = await invite(
                session, email=owner_email, name=owner_name, roles=[OWNER], invited_by=context.subject
            )
            await _record_operation(context, session, "tenant.created", row, {"owner": invited.row.email})
        mail_invitation(context, invited)
        return NewTenant(tenant=Tenant.of(row), token=invited.token)

    @mutation(
        requires(PLATFORM_TENANTS),
        problems=PROBLEMS,
        description="Let nobody sign in to a tenant until it is reactivated.",
    )
    async def suspend_tenant(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
        reason: str = "",
    ) -> TenantStatusResult | None:
        return await _set_status(info.context, id, TenantStatus.SUSPENDED, reason)

    @mutation(requires(PLATFORM_TENANTS), problems=PROBLEMS, description="End a suspension.")
    async def reactivate_tenant(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
    ) -> TenantStatusResult | None:
        return await _set_status(info.context, id, TenantStatus.ACTIVE, "")

    @mutation(
        requires(PLATFORM_TENANTS),
        problems=PROBLEMS,
        description="Close a tenant for ever. Its data is kept: `dovetail tenant export` writes it out.",
    )
    async def close_tenant(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
        reason: str = "",
    ) -> TenantStatusResult | None:
        return await _set_status(info.context, id, TenantStatus.CLOSED, reason)


async def _set_status(
    context: RequestContext, tenant: strawberry.ID, status: TenantStatus, reason: str
) -> Tenant:
    async with context.transaction() as session:
        row = await set_status(session, read_id(tenant), status, reason)
        await _record_operation(
            context, session, f"tenant.{_DONE[status]}", row, {"reason": row.status_reason}
        )
    return Tenant.of(row)


_DONE: Final = {
    TenantStatus.ACTIVE: "reactivated",
    TenantStatus.SUSPENDED: "suspended",
    TenantStatus.CLOSED: "closed",
}


async def _record_operation(
    context: RequestContext,
    session: AsyncSession,
    action: str,
    tenant: TenantRow,
    details: Mapping[str, object],
) -> None:
    """Into the tenant's own log, which the session is narrowed to, and into the operator's."""
    await record(session, context.subject, action, tenant.id, details)
    await narrow(session, context.principal.tenant)
    await record(session, context.subject, action, tenant.id, {**details, "slug": tenant.slug})


@dataclass(frozen=True, slots=True)
class TenantReference:
    id: UUID


@batched(Tenant, TenantReference)
async def load_tenants(context: RequestContext, references: Sequence[TenantReference]) -> list[Tenant | None]:
    async with context.transaction() as session:
        found = await find_tenants(session, [reference.id for reference in references])
    return [Tenant.of(row) if (row := found.get(reference.id)) else None for reference in references]
