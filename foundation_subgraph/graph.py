"""The foundation as a subgraph: who you are, where, and what you may do. Owns User(id) and Tenant(id)."""

from pathlib import Path

import strawberry

from foundation_subgraph.kit import Subgraph
from foundation_subgraph.permissions.graph import PermissionQueries
from foundation_subgraph.permissions.service import PERMISSIONS
from foundation_subgraph.permissions.tables import PermissionRow
from foundation_subgraph.tables import FoundationTable
from foundation_subgraph.tenants.graph import TenantQueries, load_tenants
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.graph import UserMutations, UserQueries, load_users
from foundation_subgraph.users.tables import UserRow

SHARED_TABLES = (TenantRow.__tablename__, UserRow.__tablename__, PermissionRow.__tablename__)
"""Tables without a `tenant_id`: their rows concern several tenants, and policies of their own protect them."""


@strawberry.type
class Query(UserQueries, TenantQueries, PermissionQueries):
    pass


@strawberry.type
class Mutation(UserMutations):
    pass


subgraph = Subgraph(
    "foundation",
    title="Foundation",
    query=Query,
    mutation=Mutation,
    references=[load_users, load_tenants],
    permissions=PERMISSIONS,
    tables=FoundationTable.metadata,
    shared_tables=SHARED_TABLES,
    migrations=Path(__file__).parent / "migrations",
)
