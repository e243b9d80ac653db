"""Who somebody is, and where: the use cases of signing in, over the database role made for it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit import Refusal, narrow
from foundation_subgraph.permissions.rights import scopes_of_user
from foundation_subgraph.sessions.service import (
    REMEMBERED_UNUSED,
    EndReason,
    Origin,
    RefreshToken,
    add_refresh_token,
    begin_session,
    end_sessions,
    find_refresh_token,
    hold_rights,
    live_session,
    renew_session,
    use_refresh_token,
)
from foundation_subgraph.sessions.tables import SessionRow
from foundation_subgraph.sign_in.accounts import (
    Account,
    create_account,
    find_account_by_id,
    set_password,
    stored_password,
)
from foundation_subgraph.sign_in.passwords import MAX_LENGTH, Passwords, check_new_password
from foundation_subgraph.sign_in.second_factors import SecondFactors
from foundation_subgraph.sign_in.tokens import InvalidTokenError, IssuedToken, ReadToken, TokenIssuer
from foundation_subgraph.tenants.service import TenantStatus
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import add_member, hash_token
from foundation_subgraph.users.tables import InvitationRow, MembershipRow

WRONG_CREDENTIALS: Final = "WRONG_CREDENTIALS"
NOT_A_MEMBER: Final = "NOT_A_MEMBER"
INVITATION_INVALID: Final = "INVITATION_INVALID"
REFRESH_TOKEN_INVALID: Final = "REFRESH_TOKEN_INVALID"  # noqa: S105 - a code

_ENDED: Final = "The session has ended: sign in again"


@dataclass(frozen=True, slots=True)
class Membership:
    """A tenant that a person may sign in to."""

    id: UUID
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is signed in to a tenant; `tenants` are all that they may switch to.

    `refresh_token` is there for a session that is to be remembered.
    """

    token: IssuedToken
    account: Account
    tenant: Membership
    tenants: tuple[Membership, ...]
    refresh_token: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What session is wanted: where it begins, and whether refresh tokens are to continue it.

    `code` is that of the second factor, for who has one.
    """

    origin: Origin = field(default_factory=Origin)
    is_remembered: bool = False
    code: str | None = None


class Reach(Protocol):
    """How far an OpenID provider is trusted."""

    def reaches(self, slug: str) -> bool:
        """Whether it signs in to the tenant of this short name."""
        ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use cases. `engine` connects in the sign-in role, the one that may look across tenants, at people only.

    `providers` are the OpenID providers, by name: a session begun by one that is not among them reaches no tenant.
    """

    engine: AsyncEngine
    passwords: Passwords
    issuer: TokenIssuer
    second_factors: SecondFactors
    providers: Mapping[str, Reach] = field(default_factory=dict)

    async def sign_in(self, email: str, password: str, wish: Wish, tenant: str | None = None) -> SignedIn:
        """Sign somebody in to a tenant, given by id or short name; without one, to the first by name.

        Refuses in the same words, and after the same work, an unknown address and a wrong password.
        """
        account = await self.authenticate(email, password)
        await self.second_factors.check(account.id, wish.code)
        async with AsyncSession(self.engine) as session, session.begin():
            return await self.begin(session, account, wish, tenant)

    async def switch(self, token: str, tenant: str, origin: Origin) -> SignedIn:
        """A token for another tenant of the same person, or a fresh one for the same.

        Another tenant is another session, which lasts no longer than the first. Raises InvalidTokenError for a token
        that is not ours, or whose session has ended.
        """
        read = self.issuer.read(token)
        async with AsyncSession(self.engine) as session, session.begin():
            row = await self.live_session(session, read)
            account = await find_account_by_id(session, read.user)
            if account is None:
                raise Refusal(NOT_A_MEMBER, "You are not a member of this tenant")
            tenants = await self.tenants_within_reach(session, read.user, row.provider)
            if row.is_remembered or _chosen(tenants, tenant).id != read.tenant:
                return await self.begin(
                    session, account, Wish(origin), tenant, until=row.expires_at, provider=row.provider
                )
            await renew_session(session, row, self._lifetime)
            return await self._welcome(session, account, tenants, row)

    async def refresh(self, token: str) -> SignedIn:
        """Continue a remembered session: a fresh access token, and the next refresh token.

        One that was used before is in two hands, and nobody can tell whose are the right ones: the session ends.
        """
        async with AsyncSession(self.engine) as session:
            async with session.begin():
                found = await find_refresh_token(session, token)
                if found is None:
                    raise _invalid_refresh_token()
                await _enter(session, found.tenant)
                is_first_use = await use_refresh_token(session, found)
                if is_first_use:
                    return await self._continue(session, found)
                # Committed, and only then refused.
                await end_sessions(session, EndReason.TOKEN_REUSED, None, SessionRow.id == found.session)
            raise _invalid_refresh_token()

    async def sign_out(self, token: str) -> None:
        """End the session of an access token or of a refresh token. Whatever else it is, there is nothing to end."""
        async with AsyncSession(self.engine) as session, session.begin():
            found = await find_refresh_token(session, token)
            if found is not None:
                tenant, user, ending = found.tenant, found.user, found.session
            else:
                try:
                    read = self.issuer.read(token)
                except InvalidTokenError:
                    return
                tenant, user, ending = read.tenant, read.user, read.session
            await narrow(session, tenant)
            await end_sessions(session, EndReason.SIGNED_OUT, user, SessionRow.id == ending)

    async def check_live(self, token: str) -> ReadToken:
        """Whose a token is whose session goes on. Raises InvalidTokenError."""
        read = self.issuer.read(token)
        async with AsyncSession(self.engine) as session, session.begin():
            await self.live_session(session, read)
        return read

    async def identify(self, token: str, password: str) -> tuple[ReadToken, Account]:
        """Who shows a token and its person's password. Raises InvalidTokenError."""
        read = await self.check_live(token)
        async with AsyncSession(self.engine) as session:
            account = await find_account_by_id(session, read.user)
        if account is None:
            raise Refusal(WRONG_CREDENTIALS, "This account is no more")
        return read, await self.authenticate(account.email, password)

    async def live_session(self, session: AsyncSession, read: ReadToken) -> SessionRow:
        """The session of a token, to which the database session is narrowed. Raises InvalidTokenError."""
        await _enter(session, read.tenant)
        row = await live_session(session, read.tenant, read.session)
        if row is None or row.user_id != read.user:
            raise InvalidTokenError(_ENDED)
        return row

    async def accept(self, token: str, password: str, wish: Wish) -> SignedIn:
        """Accept an invitation, which makes the person a member.

        Who has no account yet gets one with this password. Who has one must show its password: an invitation is in
        the hands of the one who invited, and must not open other people's accounts.
        """
        async with AsyncSession(self.engine) as session:
            invitation = await _invitation(session, token)
            stored = await stored_password(session, invitation.email)
        new_hash = ""
        if stored is None:
            check_new_password(password, invitation.email, invitation.name)
            new_hash = await self.passwords.hash(password)
        elif not await self.passwords.verify(password, stored.hash):
            raise _account_exists()
        else:
            await self.second_factors.check(stored.account.id, wish.code)
        async with AsyncSession(self.engine) as session, session.begin():
            await _enter(session, invitation.tenant_id)
            # Taken away first: of two who accept at once, one waits here and then finds nothing.
            taken = await session.scalar(
                delete(InvitationRow)
                .where(
                    InvitationRow.tenant_id == invitation.tenant_id,
                    InvitationRow.email == invitation.email,
                    InvitationRow.token_hash == hash_token(token),
                )
                .returning(InvitationRow.email)
            )
            if taken is None:
                raise _invalid_invitation()
            account: Account | None
            if stored is not None:
                account = stored.account
            else:
                account = await create_account(session, invitation.email, invitation.name, new_hash)
            if account is None:  # it was made meanwhile, with a password that nobody has shown here
                raise _account_exists()
            await add_member(session, account.id, invitation.roles)
            return await self.begin(session, account, wish, str(invitation.tenant_id))

    async def authenticate(self, email: str, password: str) -> Account:
        """Whose e-mail and password these are. Refuses all others alike."""
        async with AsyncSession(self.engine) as session:
            stored = await stored_password(session, email.strip().lower())
        # No connection is held while the password is checked, which takes its time.
        fits = len(password) <= MAX_LENGTH and await self.passwords.verify(
            password, None if stored is None else stored.hash
        )
        if stored is None or not fits:
            raise Refusal(WRONG_CREDENTIALS, "E-mail or password is wrong")
        if self.passwords.is_outdated(stored.hash):
            fresh = await self.passwords.hash(password)
            async with AsyncSession(self.engine) as session, session.begin():
                await set_password(session, stored.account.id, fresh, instead_of=stored.hash)
        return stored.account

    async def begin(
        self,
        session: AsyncSession,
        account: Account,
        wish: Wish,
        wanted: str | None,
        *,
        until: datetime | None = None,
        provider: str | None = None,
    ) -> SignedIn:
        """A session of somebody who has proved who they are, in a tenant that `provider`, where there is one, reaches."""
        chosen = _chosen(await self.tenants_within_reach(session, account.id, provider), wanted).id
        await _enter(session, chosen)
        # Asked again: who was put out until just now is no member any more.
        tenants = await self.tenants_within_reach(session, account.id, provider)
        _chosen(tenants, str(chosen))
        row = await begin_session(
            session,
            account.id,
            wish.origin,
            self._lifetime,
            is_remembered=wish.is_remembered,
            until=until,
            provider=provider,
        )
        return await self._welcome(session, account, tenants, row)

    async def tenants_within_reach(
        self, session: AsyncSession, user: UUID, provider: str | None
    ) -> Sequence[Membership]:
        """The tenants that somebody may sign in to, by name; who comes by a provider, to those that it reaches."""
        tenants = await _memberships(session, user)
        if provider is None:
            return tenants
        known = self.providers.get(provider)
        return [one for one in tenants if known is not None and known.reaches(one.slug)]

    async def _continue(self, session: AsyncSession, token: RefreshToken) -> SignedIn:
        row = await live_session(session, token.tenant, token.session)
        account = await find_account_by_id(session, token.user)
        tenants = await self.tenants_within_reach(session, token.user, None if row is None else row.provider)
        if row is None or account is None or all(one.id != token.tenant for one in tenants):
            raise _invalid_refresh_token()
        await renew_session(session, row, REMEMBERED_UNUSED)
        return await self._welcome(session, account, tenants, row)

    async def _welcome(
        self, session: AsyncSession, account: Account, tenants: Sequence[Membership], row: SessionRow
    ) -> SignedIn:
        """The tokens of a session. Its permissions are those of this moment."""
        tenant = _chosen(tenants, str(row.tenant_id))
        scopes = (await session.scalars(scopes_of_user(account.id, tenant.id))).all()
        token = self.issuer.issue(account.id, tenant.id, tenant.slug, scopes, row.id)
        refresh_token = await add_refresh_token(session, row) if row.is_remembered else None
        return SignedIn(token, account, tenant, tuple(tenants), refresh_token)

    @property
    def _lifetime(self) -> timedelta:
        return timedelta(seconds=self.issuer.lifetime)


def _chosen(tenants: Sequence[Membership], wanted: str | None) -> Membership:
    for one in tenants:
        if wanted is None or wanted in {one.slug, str(one.id)}:
            return one
    raise Refusal(
        NOT_A_MEMBER, "You are not a member of this tenant" if wanted else "You belong to no tenant"
    )


def _invalid_refresh_token() -> Refusal:
    return Refusal(REFRESH_TOKEN_INVALID, _ENDED)


def _account_exists() -> Refusal:
    return Refusal(WRONG_CREDENTIALS, "This address has an account already: accept with its password")


def _invalid_invitation() -> Refusal:
    return Refusal(INVITATION_INVALID, "The invitation is not valid, or not any more: ask for a new one")


async def _enter(session: AsyncSession, tenant: UUID) -> None:
    """Narrow the session, to read what goes into a token: nobody takes it away before the token is made."""
    await narrow(session, tenant)
    await hold_rights(session)


async def _memberships(session: AsyncSession, user: UUID) -> Sequence[Membership]:
    rows = await session.execute(
        select(TenantRow.id, TenantRow.slug, TenantRow.name)
        .join(MembershipRow, MembershipRow.tenant_id == TenantRow.id)
        .where(MembershipRow.user_id == user, TenantRow.status == TenantStatus.ACTIVE)
        .order_by(TenantRow.name, TenantRow.id)
    )
    return [Membership(row.id, row.slug, row.name) for row in rows]


async def _invitation(session: AsyncSession, token: str) -> InvitationRow:
    row = await session.scalar(
        select(InvitationRow).where(
            InvitationRow.token_hash == hash_token(token), InvitationRow.expires_at > datetime.now(UTC)
        )
    )
    if row is None:
        raise _invalid_invitation()
    session.expunge(row)
    return row
