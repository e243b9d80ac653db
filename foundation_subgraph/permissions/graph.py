"""Role and Permission in the graph."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Self

import strawberry

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Access,
    Conflict,
    Connection,
    Info,
    InvalidInput,
    NotFound,
    NotPermitted,
    Problem,
    Refusal,
    RequestContext,
    Window,
    authenticated,
    field,
    find_page,
    mutation,
    read_id,
    requires,
)
from foundation_subgraph.permissions.rights import find_permission, permissions_of_roles, reasons_of_user
from foundation_subgraph.permissions.roles import change_role, create_role, delete_role
from foundation_subgraph.permissions.service import (
    PERMISSION_ORDER,
    ROLE_ORDER,
    ROLES_MANAGE,
    ROLES_READ,
    list_permissions,
    permissions_in_force,
    roles_of_tenant,
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
    is_built_in: bool = strawberry.field(description="The same in every tenant, and not to be changed.")

    @field(requires(ROLES_READ))
    async def permissions(self, info: Info) -> list[Permission] | None:
        return await info.context.loader(load_permissions_of_roles).load(self.name)

    @classmethod
    def of(cls, row: RoleRow) -> Self:
        return cls(name=row.name, description=row.description, is_built_in=row.is_built_in)


@strawberry.type(description="A role that is no more.")
class DeletedRole:
    name: str


CreateRoleResult = Annotated[
    Role | InvalidInput | NotFound | Conflict | NotPermitted, strawberry.union("CreateRoleResult")
]
UpdateRoleResult = Annotated[
    Role | InvalidInput | NotFound | Conflict | NotPermitted, strawberry.union("UpdateRoleResult")
]
DeleteRoleResult = Annotated[DeletedRole | NotFound | Conflict, strawberry.union("DeleteRoleResult")]

ROLE_PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "ROLE_NOT_FOUND": NotFound,
    "PERMISSION_NOT_FOUND": NotFound,
    "ROLE_EXISTS": Conflict,
    "ROLE_IN_USE": Conflict,
    "ROLE_BUILT_IN": Conflict,
    "ROLES_IN_A_CIRCLE": Conflict,
    "ROLE_BEYOND_YOUR_OWN": NotPermitted,
}


@strawberry.type(description="One way in which somebody comes to a permission.")
class Reason:
    roles: list[str] = strawberry.field(
        description="The role they have, and from there by inheritance to the one that permits it."
    )
    by_kind: bool = strawberry.field(
        description="Whether that role permits all of this kind of access, or names this permission."
    )


@strawberry.type(description="Whether a member may do something, and why.")
class WhyCan:
    allowed: bool
    permission: Permission
    reasons: list[Reason]


async def load_permissions_of_roles(context: RequestContext, names: Sequence[str]) -> list[list[Permission]]:
    async with context.transaction() as session:
        found = await permissions_of_roles(session, names)
    return [[Permission.of(row) for row in found.get(name, [])] for name in names]


@strawberry.type
class PermissionQueries:
    @field(requires(ROLES_READ), description="The roles of your tenant, by name.")
    async def roles(self, info: Info, window: Window) -> Connection[Role] | None:
        async with info.context.transaction() as session:
            return await find_page(session, roles_of_tenant(), ROLE_ORDER, window, Role.of)

    @field(requires(ROLES_READ), description="All permissions of the installed subgraphs, by id.")
    async def permissions(self, info: Info, window: Window) -> Connection[Permission] | None:
        async with info.context.transaction() as session:
            return await find_page(session, permissions_in_force(), PERMISSION_ORDER, window, Permission.of)

    @field(authenticated, description="What you may do in your tenant, as your token has it.")
    async def my_permissions(self, info: Info) -> list[Permission] | None:
        async with info.context.transaction() as session:
            known = await list_permissions(session)
        return [Permission.of(row) for row in known if row.id in info.context.principal.scopes]

    @field(requires(ROLES_READ), description="Whether a member of your tenant may do something, and why.")
    async def why_can(self, info: Info, user_id: strawberry.ID, permission: strawberry.ID) -> WhyCan | None:
        async with info.context.transaction() as session:
            row = await find_permission(session, permission)
            if row is None:
                raise Refusal("PERMISSION_NOT_FOUND", f'There is no permission "{permission}"')
            reasons = await reasons_of_user(session, read_id(user_id), permission)
        return WhyCan(
            allowed=bool(reasons),
            permission=Permission.of(row),
            reasons=[Reason(roles=list(one.path), by_kind=one.is_by_kind) for one in reasons],
        )


@strawberry.type
class PermissionMutations:
    @mutation(
        requires(ROLES_MANAGE),
        problems=ROLE_PROBLEMS,
        description="Make a role. It permits what it names, and what its parents permit.",
    )
    async def create_role(
        self,
        info: Info,
        name: str,
        description: str = "",
        permissions: list[strawberry.ID] | None = None,
        parents: list[str] | None = None,
    ) -> CreateRoleResult | None:
        context = info.context
        async with context.transaction() as session:
            row = await create_role(
                session,
                name,
                description,
                permissions=permissions or (),
                parents=parents or (),
                held=context.principal.scopes,
            )
            told = {"permissions": permissions or [], "parents": parents or []}
            await record(session, context.subject, "role.created", name, told)
        return Role.of(row)

    @mutation(
        requires(ROLES_MANAGE),
        problems=ROLE_PROBLEMS,
        description="Change of a role what is given. It counts for its members from their next token on.",
    )
    async def update_role(
        self,
        info: Info,
        name: str,
        description: str | None = None,
        permissions: list[strawberry.ID] | None = None,
        parents: list[str] | None = None,
    ) -> UpdateRoleResult | None:
        context = info.context
        async with context.transaction() as session:
            row = await change_role(
                session,
                name,
                description=description,
                permissions=permissions,
                parents=parents,
                held=context.principal.scopes,
            )
            told = {"description": description, "permissions": permissions, "parents": parents}
            given = {key: value for key, value in told.items() if value is not None}
            await record(session, context.subject, "role.changed", name, given)
        return Role.of(row)

    @mutation(
        requires(ROLES_MANAGE),
        problems=ROLE_PROBLEMS,
        description="Remove a role that nobody has and no other inherits from.",
    )
    async def delete_role(self, info: Info, name: str) -> DeleteRoleResult | None:
        async with info.context.transaction() as session:
            await delete_role(session, name)
            await record(session, info.context.subject, "role.deleted", name)
        return DeletedRole(name=name)
