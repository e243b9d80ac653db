"""Role and Permission in the graph."""

from collections.abc import Sequence
from typing import Self

import strawberry

from foundation_subgraph.kit import Access, Info, RequestContext, field, requires
from foundation_subgraph.permissions.service import (
    ROLES_READ,
    list_permissions,
    list_roles,
    permissions_of_roles,
)
from foundation_subgraph.permissions.tables import PermissionRow, RoleRow

strawberry.enum(Access, description="What a permission lets somebody do.")


@strawberry.type(description="Something that a subgraph lets be allowed.")
class Permission:
    id: strawberry.ID
    description: str
    subgraph: str = strawberry.field(description="The subgraph that declares it.")
    access: Access

    @classmethod
    def of(cls, row: PermissionRow) -> Self:
        return cls(
            id=strawberry.ID(row.id), description=row.description, subgraph=row.subgraph, access=row.access
        )


@strawberry.type(description="What some members of the tenant may do.")
class Role:
    name: str
    description: str

    @field(requires(ROLES_READ))
    async def permissions(self, info: Info) -> list[Permission] | None:
        return await info.context.loader(load_permissions_of_roles).load(self.name)

    @classmethod
    def of(cls, row: RoleRow) -> Self:
        return cls(name=row.name, description=row.description)


async def load_permissions_of_roles(context: RequestContext, names: Sequence[str]) -> list[list[Permission]]:
    async with context.transaction() as session:
        found = await permissions_of_roles(session, names)
    return [[Permission.of(row) for row in found.get(name, [])] for name in names]


@strawberry.type
class PermissionQueries:
    @field(requires(ROLES_READ), description="The roles of your tenant.")
    async def roles(self, info: Info) -> list[Role] | None:
        async with info.context.transaction() as session:
            return [Role.of(row) for row in await list_roles(session)]

    @field(requires(ROLES_READ), description="All permissions of the installed subgraphs.")
    async def permissions(self, info: Info) -> list[Permission] | None:
        async with info.context.transaction() as session:
            return [Permission.of(row) for row in await list_permissions(session)]
