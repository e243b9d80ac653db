"""Sessions in the graph: who is signed in, and how to end that."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from foundation_subgraph.kit import (
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
from foundation_subgraph.sessions.service import (
    ORDER,
    SESSIONS_MANAGE,
    EndReason,
    end_sessions_of_user,
    revoke_session,
    sessions_of_user,
)
from foundation_subgraph.sessions.tables import SessionRow
from supergraph.spec import Principal


@strawberry.type(description="Somebody is signed in to your tenant.")
class Session:
    id: strawberry.ID = strawberry.field(description="What its tokens have as `sid`.")
    created_at: datetime
    last_used_at: datetime = strawberry.field(description="When it was last continued.")
    ends_at: datetime = strawberry.field(description="When it ends, unless it is used before.")
    address: str = strawberry.field(description="Where it began, as the server saw it.")
    agent: str = strawberry.field(description="The program, as it named itself.")
    current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, row: SessionRow, asking: Principal) -> Self:
        """`asking` is who reads this: one of the sessions that they see may be the one that they ask in."""
        return cls(
            id=strawberry.ID(str(row.id)),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            ends_at=row.ends_at,
            address=row.address,
            agent=row.agent,
            current=asking.session == str(row.id),
        )


@strawberry.type(description="Sessions that have just ended. Their tokens hold no more.")
class EndedSessions:
    count: int


RevokeSessionResult = Annotated[
    EndedSessions | InvalidInput | NotFound, strawberry.union("RevokeSessionResult")
]
RevokeAllSessionsResult = Annotated[
    EndedSessions | InvalidInput | NotPermitted, strawberry.union("RevokeAllSessionsResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "SESSION_NOT_FOUND": NotFound,
    "SESSIONS_NOT_YOURS": NotPermitted,
}


@strawberry.type
class SessionQueries:
    @field(authenticated, description="Where you are signed in to this tenant, the latest first.")
    async def my_sessions(self, info: Info, window: Window) -> Connection[Session] | None:
        return await _page_of_sessions(info.context, info.context.subject, window)

    @field(
        requires(SESSIONS_MANAGE), description="Where a member is signed in to this tenant, the latest first."
    )
    async def sessions(
        self,
        info: Info,
        user_id: strawberry.ID,
        window: Window,
    ) -> Connection[Session] | None:
        return await _page_of_sessions(info.context, read_id(user_id), window)


async def _page_of_sessions(context: RequestContext, user: UUID, window: Window) -> Connection[Session]:
    shown = partial(Session.of, asking=context.principal)
    async with context.transaction() as session:
        return await find_page(session, sessions_of_user(user), ORDER, window, shown, descending=True)


@strawberry.type
class SessionMutations:
    @mutation(
        authenticated,
        problems=PROBLEMS,
        description="End a session of yours; with `sessions:manage`, of any member.",
    )
    async def revoke_session(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
    ) -> RevokeSessionResult | None:
        context = info.context
        of_all = SESSIONS_MANAGE.id in context.principal.scopes
        async with context.transaction() as session:
            await revoke_session(session, read_id(id), context.subject, of_all=of_all)
        return EndedSessions(count=1)

    @mutation(
        authenticated,
        problems=PROBLEMS,
        description="End all your sessions in this tenant, this one too; with `sessions:manage`, a member's.",
    )
    async def revoke_all_sessions(
        self, info: Info, user_id: strawberry.ID | None = None
    ) -> RevokeAllSessionsResult | None:
        context = info.context
        user = context.subject if user_id is None else read_id(user_id)
        if user != context.subject and SESSIONS_MANAGE.id not in context.principal.scopes:
            raise Refusal("SESSIONS_NOT_YOURS", f"To end somebody else's sessions takes {SESSIONS_MANAGE.id}")
        async with context.transaction() as session:
            count = await end_sessions_of_user(session, user, EndReason.REVOKED, context.subject)
        return EndedSessions(count=count)
