"""A new password: by showing the old one, or by a one-time token. Either way other sessions end."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Access, Permission, Refusal, narrow
from foundation_subgraph.mail import Mailer, deliver
from foundation_subgraph.sessions.service import EndReason, end_sessions_of_user
from foundation_subgraph.sign_in.accounts import Account, find_account, find_account_by_id, set_password
from foundation_subgraph.sign_in.passwords import check_new_password
from foundation_subgraph.sign_in.persons import check_may_do_no_more, tenants_of_user
from foundation_subgraph.sign_in.service import SignIn
from foundation_subgraph.sign_in.tables import PasswordResetRow
from foundation_subgraph.users.service import hash_token

PASSWORDS_RESET: Final = Permission(
    "passwords:reset", "Make one-time tokens for members who forgot their password", Access.ADMINISTER
)
PERMISSIONS: Final = (PASSWORDS_RESET,)

RESET_INVALID: Final = "RESET_INVALID"
RESET_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A token just made, which is known here and now and never again."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordChanges:
    """The use cases, in the role of the sign-in."""

    sign_in: SignIn
    mailer: Mailer

    async def change(self, token: str, current: str, new: str) -> None:
        """Change one's own password; all sessions but that of `token` end. Raises InvalidTokenError."""
        read, account = await self.sign_in.identify(token, current)
        check_new_password(new, account.email, account.name)
        if new == current:
            raise Refusal("BAD_USER_INPUT", "This is the password that you have: choose another")
        fresh = await self.sign_in.passwords.hash(new)
        async with AsyncSession(self.sign_in.engine) as session, session.begin():
            await self._set(session, account, fresh, actor=account.id, but=read.session)

    async def ask(self, email: str) -> None:
        """Send a token to whoever has this address. Nobody can see from here whether somebody has."""
        async with AsyncSession(self.sign_in.engine) as session, session.begin():
            account = await find_account(session, email.strip().lower())
            tenants = [] if account is None else await tenants_of_user(session, account.id)
            if account is None or not tenants:
                return
            await narrow(session, tenants[0])
            reset = await make_reset(session, account.id, made_by=None)
            await record(session, None, "password_reset.asked", account.id)
        await deliver(
            "a password reset",
            self.mailer.send_password_reset(email=account.email, name=account.name, token=reset.token),
        )

    async def reset(self, token: str, new: str) -> None:
        """Set a new password by a one-time token; all sessions end."""
        async with AsyncSession(self.sign_in.engine) as session:
            found = await _find_reset(session, token)
            account = None if found is None else await find_account_by_id(session, found.user_id)
            if found is None or account is None:
                raise _invalid_reset()
            if found.made_by is not None:
                # An administrator has seen this token, and is administrator of one tenant.
                await _check_belongs_nowhere_else(session, found)
        check_new_password(new, account.email, account.name)
        fresh = await self.sign_in.passwords.hash(new)
        async with AsyncSession(self.sign_in.engine) as session, session.begin():
            await narrow(session, found.tenant_id)
            # Taken away first: of two who use it at once, one waits here and then finds nothing.
            taken = await session.scalar(
                delete(PasswordResetRow)
                .where(
                    PasswordResetRow.tenant_id == found.tenant_id,
                    PasswordResetRow.token_hash == found.token_hash,
                )
                .returning(PasswordResetRow.user_id)
            )
            if taken is None:
                raise _invalid_reset()
            if found.made_by is not None:
                await _check_belongs_nowhere_else(session, found)
            await self._set(session, account, fresh, actor=found.made_by or account.id, but=None)

    async def _set(
        self, session: AsyncSession, account: Account, password_hash: str, *, actor: UUID, but: UUID | None
    ) -> None:
        await set_password(session, account.id, password_hash)
        for tenant in await tenants_of_user(session, account.id):
            await narrow(session, tenant)
            await session.execute(
                delete(PasswordResetRow).where(
                    PasswordResetRow.tenant_id == tenant, PasswordResetRow.user_id == account.id
                )
            )
            await end_sessions_of_user(session, account.id, EndReason.PASSWORD_CHANGED, actor, but=but)
            await record(session, actor, "password.changed", account.id)


async def create_password_reset(
    session: AsyncSession, user: UUID, tenant: UUID, made_by: UUID, held: Collection[str]
) -> PasswordReset:
    """A token for a member of the session's tenant who may do nothing beyond `held`: it opens their account."""
    await check_may_do_no_more(session, user, tenant, held)
    return await make_reset(session, user, made_by=made_by)


async def make_reset(session: AsyncSession, user: UUID, *, made_by: UUID | None) -> PasswordReset:
    """A token for a member of the session's tenant, and the last one that holds."""
    token, expires = secrets.token_urlsafe(32), datetime.now(UTC) + RESET_LIFETIME
    await session.execute(delete(PasswordResetRow).where(PasswordResetRow.user_id == user))
    await session.execute(
        insert(PasswordResetRow).values(
            token_hash=hash_token(token), user_id=user, made_by=made_by, expires_at=expires
        )
    )
    return PasswordReset(token, expires)


async def _find_reset(session: AsyncSession, token: str) -> PasswordResetRow | None:
    return await session.scalar(
        select(PasswordResetRow).where(
            PasswordResetRow.token_hash == hash_token(token), PasswordResetRow.expires_at > datetime.now(UTC)
        )
    )


async def _check_belongs_nowhere_else(session: AsyncSession, found: PasswordResetRow) -> None:
    tenants: Sequence[UUID] = await tenants_of_user(session, found.user_id)
    if list(tenants) != [found.tenant_id]:
        raise Refusal(
            RESET_INVALID,
            "This person belongs to another tenant too: only a token that they ask for themselves resets their password",
        )


def _invalid_reset() -> Refusal:
    return Refusal(RESET_INVALID, "The token is not valid, or not any more: ask for a new one")
