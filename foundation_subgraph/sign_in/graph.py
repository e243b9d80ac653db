"""What of the sign-in stands in the graph. Passwords never do: operations are recorded, `/sign-in` is not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import strawberry

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Info,
    InvalidInput,
    NotFound,
    NotPermitted,
    Problem,
    mutation,
    read_id,
    requires,
)
from foundation_subgraph.sign_in.password_changes import PASSWORDS_RESET, create_password_reset


@strawberry.type(description="A token just made, with which a member sets a new password.")
class NewPasswordReset:
    token: str = strawberry.field(
        description="Hand it to the member: it is shown this once, and sent to /sign-in/reset with the new password."
    )
    expires_at: datetime


CreatePasswordResetResult = Annotated[
    NewPasswordReset | InvalidInput | NotFound | NotPermitted, strawberry.union("CreatePasswordResetResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {"USER_NOT_FOUND": NotFound, "USER_BEYOND_YOU": NotPermitted}


@strawberry.type
class PasswordMutations:
    @mutation(
        requires(PASSWORDS_RESET),
        problems=PROBLEMS,
        description="Make a one-time token for a member who forgot their password, and may do nothing beyond what you may. "
        "It opens nothing where they belong to another tenant too.",
    )
    async def create_password_reset(
        self, info: Info, user_id: strawberry.ID
    ) -> CreatePasswordResetResult | None:
        context = info.context
        user = read_id(user_id)
        assert context.principal.tenant is not None, "permissions are those of a tenant"
        async with context.transaction() as session:
            reset = await create_password_reset(
                session, user, UUID(context.principal.tenant), context.subject, context.principal.scopes
            )
            await record(session, context.subject, "password_reset.created", user)
        return NewPasswordReset(token=reset.token, expires_at=reset.expires_at)
