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
from foundation_subgraph.sign_in.second_factors import SECOND_FACTORS_REMOVE, release_member


@strawberry.type(description="A token just made, with which a member sets a new password.")
class NewPasswordReset:
    token: str = strawberry.field(
        description="Hand it to the member: it is shown this once, and sent to /sign-in/reset with the new password."
    )
    expires_at: datetime


@strawberry.type(description="A member signs in without their second factor, which is removed by that.")
class SecondFactorRelease:
    until: datetime = strawberry.field(description="Afterwards it is asked for again.")


CreatePasswordResetResult = Annotated[
    NewPasswordReset | InvalidInput | NotFound | NotPermitted, strawberry.union("CreatePasswordResetResult")
]

RemoveSecondFactorResult = Annotated[
    SecondFactorRelease | InvalidInput | NotFound | NotPermitted, strawberry.union("RemoveSecondFactorResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "USER_NOT_FOUND": NotFound,
    "USER_BEYOND_YOU": NotPermitted,
    "SECOND_FACTOR_IS_YOURS": NotPermitted,
}


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


@strawberry.type
class SecondFactorMutations:
    @mutation(
        requires(SECOND_FACTORS_REMOVE),
        problems=PROBLEMS,
        description="Remove the second factor of a member who lost it, and may do nothing beyond what you may. Their "
        "sessions end, and it is gone when they sign in with their password within a day; not where they belong to "
        "another tenant too, whose administrators cannot be asked.",
    )
    async def remove_second_factor(
        self, info: Info, user_id: strawberry.ID
    ) -> RemoveSecondFactorResult | None:
        context = info.context
        user = read_id(user_id)
        assert context.principal.tenant is not None, "permissions are those of a tenant"
        async with context.transaction() as session:
            until = await release_member(
                session, user, UUID(context.principal.tenant), context.subject, context.principal.scopes
            )
            await record(
                session, context.subject, "second_factor.released", user, {"until": until.isoformat()}
            )
        return SecondFactorRelease(until=until)
