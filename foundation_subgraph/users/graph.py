"""User in the graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Conflict,
    Connection,
    Info,
    InvalidInput,
    NotFound,
    NotPermitted,
    Problem,
    RequestContext,
    Window,
    authenticated,
    batched,
    field,
    find_page,
    mutation,
    read_id,
    requires,
)
from foundation_subgraph.mail import OutgoingMail
from foundation_subgraph.nodes import Node
from foundation_subgraph.permissions.graph import Role
from foundation_subgraph.permissions.service import (
    ROLES_MANAGE,
    ROLES_READ,
    USERS_INVITE,
    USERS_READ,
    USERS_REMOVE,
    roles_of_users,
)
from foundation_subgraph.users.service import (
    INVITATION_ORDER,
    ORDER,
    Invited,
    Wanted,
    find_users,
    grant_role,
    invite_user,
    members,
    remove_member,
    revoke_role,
    waiting_invitations,
    withdraw_invitation,
)
from foundation_subgraph.users.tables import InvitationRow, UserRow


@strawberry.federation.type(keys=["id"], directives=[authenticated], description="A member of your tenant.")
class User(Node):
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
        description="Hand it to the one who is invited: it is shown this once, and accepted at /sign-in/accept. "
        "Where the house has a mail server, it goes out by mail as well."
    )

    @classmethod
    def of(cls, invited: Invited) -> Self:
        return cls(invitation=Invitation.of(invited.row), token=invited.token)


@strawberry.type(description="Somebody who is no member any more.")
class RemovedUser:
    id: strawberry.ID


@strawberry.input(description="Which members are wanted: those who fit all that is said.")
class UserFilter:
    search: str | None = strawberry.field(
        default=None, description="Stands in the name or the address, in capitals or not."
    )
    email: str | None = None
    role: str | None = strawberry.field(default=None, description="They have this role, not by inheritance.")

    def wanted(self) -> Wanted:
        return Wanted(self.search, self.email, self.role)


InviteUserResult = Annotated[
    NewInvitation | InvalidInput | NotFound | Conflict | NotPermitted, strawberry.union("InviteUserResult")
]
WithdrawInvitationResult = Annotated[
    Invitation | InvalidInput | NotFound, strawberry.union("WithdrawInvitationResult")
]
GrantRoleResult = Annotated[
    User | InvalidInput | NotFound | NotPermitted, strawberry.union("GrantRoleResult")
]
RevokeRoleResult = Annotated[User | InvalidInput | NotFound | Conflict, strawberry.union("RevokeRoleResult")]
RemoveUserResult = Annotated[
    RemovedUser | InvalidInput | NotFound | Conflict, strawberry.union("RemoveUserResult")
]


def mail_invitation(context: RequestContext, invited: Invited) -> None:
    """Send it by mail, where the house has any; once the transaction is committed."""
    mail = context.service(OutgoingMail)
    if mail is not None:
        row = invited.row
        mail.invite(row.tenant_id, email=row.email, name=row.name, token=invited.token, until=row.expires_at)


PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "USER_NOT_FOUND": NotFound,
    "ROLE_NOT_FOUND": NotFound,
    "ROLE_NOT_HELD": NotFound,
    "INVITATION_NOT_FOUND": NotFound,
    "ALREADY_MEMBER": Conflict,
    "LAST_OWNER": Conflict,
    "ROLE_BEYOND_YOUR_OWN": NotPermitted,
}


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
    async def users(
        self,
        info: Info,
        window: Window,
        filter: UserFilter | None = None,  # noqa: A002 - the field's usual word
    ) -> Connection[User] | None:
        wanted = filter.wanted() if filter is not None else Wanted()
        async with info.context.transaction() as session:
            return await find_page(session, members(wanted), ORDER, window, User.of)

    @field(requires(USERS_INVITE), description="Invitations that wait to be accepted, by address.")
    async def invitations(self, info: Info, window: Window) -> Connection[Invitation] | None:
        async with info.context.transaction() as session:
            return await find_page(session, waiting_invitations(), INVITATION_ORDER, window, Invitation.of)


@strawberry.type
class UserMutations:
    @mutation(
        requires(USERS_INVITE),
        problems=PROBLEMS,
        description="Invite somebody to your tenant. Inviting an address again replaces its invitation.",
    )
    async def invite_user(
        self, info: Info, email: str, name: str, roles: list[str]
    ) -> InviteUserResult | None:
        context = info.context
        async with context.transaction() as session:
            invited = await invite_user(
                session,
                email=email,
                name=name,
                roles=roles,
                invited_by=context.subject,
                held=context.principal.scopes,
            )
            told = {"roles": invited.row.roles, "until": invited.row.expires_at.isoformat()}
            await record(session, context.subject, "user.invited", invited.row.email, told)
        mail_invitation(context, invited)
        return NewInvitation.of(invited)

    @mutation(
        requires(USERS_INVITE),
        problems=PROBLEMS,
        description="Take an invitation back that was not accepted yet.",
    )
    async def withdraw_invitation(self, info: Info, email: str) -> WithdrawInvitationResult | None:
        async with info.context.transaction() as session:
            row = await withdraw_invitation(session, email)
            await record(session, info.context.subject, "invitation.withdrawn", row.email)
        return Invitation.of(row)

    @mutation(
        requires(ROLES_MANAGE),
        problems=PROBLEMS,
        description="Give a member a role. It counts from their next token on.",
    )
    async def grant_role(self, info: Info, user_id: strawberry.ID, role: str) -> GrantRoleResult | None:
        context = info.context
        async with context.transaction() as session:
            row = await grant_role(session, read_id(user_id), role, context.principal.scopes)
            await record(session, context.subject, "role.granted", row.id, {"role": role})
        return User.of(row)

    @mutation(
        requires(ROLES_MANAGE),
        problems=PROBLEMS,
        description="Take a role from a member. It counts at once: their tokens end, and their next ones permit less. "
        "The last owner of a tenant stays one.",
    )
    async def revoke_role(self, info: Info, user_id: strawberry.ID, role: str) -> RevokeRoleResult | None:
        async with info.context.transaction() as session:
            row = await revoke_role(session, read_id(user_id), role)
            await record(session, info.context.subject, "role.revoked", row.id, {"role": role})
        return User.of(row)

    @mutation(
        requires(USERS_REMOVE),
        problems=PROBLEMS,
        description="End somebody's membership, with all their roles. The last owner of a tenant stays.",
    )
    async def remove_user(self, info: Info, user_id: strawberry.ID) -> RemoveUserResult | None:
        async with info.context.transaction() as session:
            row = await remove_member(session, read_id(user_id))
            await record(session, info.context.subject, "user.removed", row.id, {"email": row.email})
        return RemovedUser(id=strawberry.ID(str(row.id)))


@dataclass(frozen=True, slots=True)
class UserReference:
    id: UUID


@batched(User, UserReference)
async def load_users(context: RequestContext, references: Sequence[UserReference]) -> list[User | None]:
    async with context.transaction() as session:
        found = await find_users(session, [reference.id for reference in references])
    return [User.of(row) if (row := found.get(reference.id)) else None for reference in references]
