"""User in the graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from foundation_subgraph.kit import (
    Info,
    RequestContext,
    authenticated,
    batched,
    field,
    mutation,
    read_id,
    requires,
)
from foundation_subgraph.permissions.graph import Role
from foundation_subgraph.permissions.service import (
    ROLES_MANAGE,
    ROLES_READ,
    USERS_INVITE,
    USERS_READ,
    roles_of_users,
)
from foundation_subgraph.users.service import (
    Invited,
    find_users,
    grant_role,
    invite_user,
    list_invitations,
    list_users,
    revoke_role,
)
from foundation_subgraph.users.tables import InvitationRow, UserRow


@strawberry.federation.type(keys=["id"], directives=[authenticated], description="A member of your tenant.")
class User:
    id: strawberry.ID
    email: str
    name: str

    @field(requires(ROLES_READ), description="The user's roles in your tenant.")
    async def roles(self, info: Info) -> list[Role] | None:
        return await info.context.loader(load_roles_of_users).load(UUID(self.id))

    @classmethod
    def of(cls, row: UserRow) -> Self:
        return cls(id=strawberry.ID(str(row.id)), email=row.email, name=row.name)


@strawberry.type(description="Somebody who may become a member of your tenant.")
class Invitation:
    email: str
    name: str
    roles: list[str] = strawberry.field(description="Names of the roles that come with membership.")
    expires_at: datetime

    @classmethod
    def of(cls, row: InvitationRow) -> Self:
        return cls(email=row.email, name=row.name, roles=row.roles, expires_at=row.expires_at)


@strawberry.type(description="An invitation just made.")
class NewInvitation:
    invitation: Invitation
    token: str = strawberry.field(
        description="Hand it to the one who is invited: it is shown this once, and accepted at /sign-in/accept."
    )

    @classmethod
    def of(cls, invited: Invited) -> Self:
        return cls(invitation=Invitation.of(invited.row), token=invited.token)


async def load_roles_of_users(context: RequestContext, users: Sequence[UUID]) -> list[list[Role]]:
    async with context.transaction() as session:
        found = await roles_of_users(session, users)
    return [[Role.of(row) for row in found.get(user, [])] for user in users]


@strawberry.type
class UserQueries:
    @field(authenticated, description="You.")
    async def me(self, info: Info) -> User | None:
        subject = info.context.subject
        async with info.context.transaction() as session:
            row = (await find_users(session, [subject])).get(subject)
        return None if row is None else User.of(row)

    @field(requires(USERS_READ), description="The members of your tenant, by name.")
    async def users(self, info: Info, limit: int = 50) -> list[User] | None:
        async with info.context.transaction() as session:
            return [User.of(row) for row in await list_users(session, limit)]

    @field(requires(USERS_INVITE), description="Invitations that wait to be accepted.")
    async def invitations(self, info: Info) -> list[Invitation] | None:
        async with info.context.transaction() as session:
            return [Invitation.of(row) for row in await list_invitations(session)]


@strawberry.type
class UserMutations:
    @mutation(
        requires(USERS_INVITE),
        description="Invite somebody to your tenant. Inviting an address again replaces its invitation.",
    )
    async def invite_user(self, info: Info, email: str, name: str, roles: list[str]) -> NewInvitation | None:
        async with info.context.transaction() as session:
            invited = await invite_user(
                session,
                email=email,
                name=name,
                roles=roles,
                invited_by=info.context.subject,
                held=info.context.principal.scopes,
            )
        return NewInvitation.of(invited)

    @mutation(
        requires(ROLES_MANAGE),
        description="Give a member a role. It counts from their next sign-in on.",
    )
    async def grant_role(self, info: Info, user_id: strawberry.ID, role: str) -> User | None:
        async with info.context.transaction() as session:
            return User.of(await grant_role(session, read_id(user_id), role, info.context.principal.scopes))

    @mutation(
        requires(ROLES_MANAGE),
        description="Take a role from a member. The last owner of a tenant stays one.",
    )
    async def revoke_role(self, info: Info, user_id: strawberry.ID, role: str) -> User | None:
        async with info.context.transaction() as session:
            return User.of(await revoke_role(session, read_id(user_id), role))


@dataclass(frozen=True, slots=True)
class UserReference:
    id: UUID


@batched(User, UserReference)
async def load_users(context: RequestContext, references: Sequence[UserReference]) -> list[User | None]:
    async with context.transaction() as session:
        found = await find_users(session, [reference.id for reference in references])
    return [User.of(row) if (row := found.get(reference.id)) else None for reference in references]
