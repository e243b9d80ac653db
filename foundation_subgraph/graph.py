"""The foundation as a subgraph: who you are, where, and what you may do. Owns User(id) and Tenant(id)."""

from pathlib import Path

import strawberry

from foundation_subgraph.audit.graph import AuditQueries
from foundation_subgraph.audit.service import PERMISSIONS as AUDIT_PERMISSIONS
from foundation_subgraph.kit import Info, Subgraph, authenticated, field, read_id
from foundation_subgraph.kit.roles import FOUNDATION_ROLE
from foundation_subgraph.modules.changes import PERMISSIONS as MODULE_PERMISSIONS
from foundation_subgraph.modules.graph import ModuleMutations, ModuleQueries
from foundation_subgraph.modules.publishing import PublishingMutations
from foundation_subgraph.modules.tables import (
    ModuleChangeRow,
    ModuleEnablementRow,
    ModuleFaultRow,
    ModuleObservationRow,
    ModuleRingRow,
    ModuleRolloutRow,
    ModuleRow,
    ModuleVersionRow,
)
from foundation_subgraph.nodes import Node
from foundation_subgraph.permissions.graph import PermissionMutations, PermissionQueries
from foundation_subgraph.permissions.service import PERMISSIONS
from foundation_subgraph.permissions.tables import PermissionRegisterRow, PermissionRow
from foundation_subgraph.service_accounts.graph import ServiceAccountMutations, ServiceAccountQueries
from foundation_subgraph.service_accounts.service import PERMISSIONS as SERVICE_ACCOUNT_PERMISSIONS
from foundation_subgraph.sessions.graph import SessionMutations, SessionQueries
from foundation_subgraph.sessions.service import PERMISSIONS as SESSION_PERMISSIONS
from foundation_subgraph.sign_in.graph import PasswordMutations, SecondFactorMutations
from foundation_subgraph.sign_in.oidc.tables import IdentityRow, ProviderVisitRow, SignInTicketRow
from foundation_subgraph.sign_in.password_changes import PERMISSIONS as PASSWORD_PERMISSIONS
from foundation_subgraph.sign_in.second_factors import PERMISSIONS as SECOND_FACTOR_PERMISSIONS
from foundation_subgraph.sign_in.tables import AttemptsRow, SecondFactorRow
from foundation_subgraph.tables import FoundationTable
from foundation_subgraph.tenants.graph import Tenant, TenantMutations, TenantQueries, load_tenants
from foundation_subgraph.tenants.service import PERMISSIONS as TENANT_PERMISSIONS
from foundation_subgraph.tenants.service import find_tenants
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.graph import User, UserMutations, UserQueries, load_users
from foundation_subgraph.users.service import find_users
from foundation_subgraph.users.tables import UserRow

SHARED_TABLES = {
    TenantRow.__tablename__: "is the list of tenants: a policy shows a request its own, and operators the list",
    UserRow.__tablename__: "a person may belong to several tenants: a policy shows the members of the request's own",
    ModuleRow.__tablename__: "what is installed is the same for everybody",
    ModuleVersionRow.__tablename__: "what was published is the same for everybody",
    ModuleFaultRow.__tablename__: "what is broken is so for everybody",
    ModuleEnablementRow.__tablename__: "holds for a tenant or for all: a policy shows a request both, and none of another's",
    ModuleChangeRow.__tablename__: "concerns a tenant or all: a policy shows a request both, and none of another's",
    ModuleRolloutRow.__tablename__: "reaches many tenants: a policy shows them to operators alone",
    ModuleObservationRow.__tablename__: "adds up what was seen of a rollout for all it reaches: a policy shows it to operators alone",
    ModuleRingRow.__tablename__: "is a group of tenants: a policy shows them to operators alone",
    PermissionRow.__tablename__: "what can be permitted is the same for everybody",
    PermissionRegisterRow.__tablename__: "how permissions came to be is the same for everybody",
    AttemptsRow.__tablename__: "failures are counted before a tenant is known; the sign-in alone reaches them",
    SecondFactorRow.__tablename__: "a person has one, whatever the tenant; the sign-in alone reaches that of the person it names",
    IdentityRow.__tablename__: "an identity is a person's, whatever the tenant; the sign-in alone reads it, and writes the named person's",
    ProviderVisitRow.__tablename__: "who is at a provider is not known yet; the sign-in alone reaches them",
    SignInTicketRow.__tablename__: "who comes back from a provider has no tenant yet; the sign-in alone reaches them",
}
"""Tables without a `tenant_id` and why: their rows concern several tenants, and policies of their own protect them."""


@strawberry.type
class Query(
    UserQueries,
    TenantQueries,
    PermissionQueries,
    AuditQueries,
    SessionQueries,
    ServiceAccountQueries,
    ModuleQueries,
):
    @field(authenticated, description="Whatever has this id and is for you to see: a member, or your tenant.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002 - Relay's word
        wanted = read_id(id)
        async with info.context.transaction() as session:
            if (user := (await find_users(session, [wanted])).get(wanted)) is not None:
                return User.of(user)
            if (tenant := (await find_tenants(session, [wanted])).get(wanted)) is not None:
                return Tenant.of(tenant)
        return None


@strawberry.type
class Mutation(
    UserMutations,
    PermissionMutations,
    TenantMutations,
    SessionMutations,
    ServiceAccountMutations,
    PasswordMutations,
    SecondFactorMutations,
    ModuleMutations,
    PublishingMutations,
):
    pass


subgraph = Subgraph(
    "foundation",
    title="Foundation",
    role=FOUNDATION_ROLE,
    query=Query,
    mutation=Mutation,
    references=[load_users, load_tenants],
    permissions=(
        *PERMISSIONS,
        *TENANT_PERMISSIONS,
        *AUDIT_PERMISSIONS,
        *SESSION_PERMISSIONS,
        *SERVICE_ACCOUNT_PERMISSIONS,
        *PASSWORD_PERMISSIONS,
        *MODULE_PERMISSIONS,
        *SECOND_FACTOR_PERMISSIONS,
    ),
    tables=FoundationTable.metadata,
    shared_tables=SHARED_TABLES,
    migrations=Path(__file__).parent / "migrations",
)
