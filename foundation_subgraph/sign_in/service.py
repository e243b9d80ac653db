"""Who somebody is, and where: the use cases of signing in, over the database role made for it alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit import Refusal, narrow
from foundation_subgraph.permissions.service import scopes_of_user
from foundation_subgraph.sign_in.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from foundation_subgraph.sign_in.tokens import IssuedToken, TokenIssuer
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import add_member, hash_token, normalize_email
from foundation_subgraph.users.tables import InvitationRow, MembershipRow, UserRow

WRONG_CREDENTIALS: Final = "WRONG_CREDENTIALS"
NOT_A_MEMBER: Final = "NOT_A_MEMBER"
INVITATION_INVALID: Final = "INVITATION_INVALID"


@dataclass(frozen=True, slots=True)
class Account:
    """A person, as they are known before any tenant is."""

    id: UUID
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A tenant that a person may sign in to."""

    id: UUID
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is signed in to a tenant; `tenants` are all that they may switch to."""

    token: IssuedToken
    account: Account
    tenant: Membership
    tenants: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use cases. `engine` connects in the sign-in role, the one that may look across tenants, at people only."""

    engine: AsyncEngine
    passwords: Passwords
    issuer: TokenIssuer

    async def sign_in(self, email: str, password: str, tenant: str | None = None) -> SignedIn:
        """Sign somebody in to a tenant, given by id or short name; without one, to the first by name.

        Refuses in the same words, and after the same work, an unknown address and a wrong password.
        """
        account = await self._authenticated(email, password)
        async with AsyncSession(self.engine) as session:
            return await self._signed_in(session, account, tenant)

    async def switch(self, token: str, tenant: str) -> SignedIn:
        """A token for another tenant of the same person. Raises InvalidTokenError for a token that is not ours."""
        user = self.issuer.subject(token)
        async with AsyncSession(self.engine) as session:
            account = await _account(session, user)
            if account is None:
                raise Refusal(NOT_A_MEMBER, "You are not a member of this tenant")
            return await self._signed_in(session, account, tenant)

    async def accept(self, token: str, password: str) -> SignedIn:
        """Accept an invitation, which makes the person a member.

        Who has no account yet gets one with this password. Who has one must show its password: an invitation is in
        the hands of the one who invited, and must not open other people's accounts.
        """
        async with AsyncSession(self.engine) as session:
            invitation = await _invitation(session, token)
            stored = await _stored_password(session, invitation.email)
        new_hash = ""
        if stored is None:
            _check_new_password(password)
            new_hash = await self.passwords.hash(password)
        elif not await self.passwords.verify(password, stored.hash):
            raise _account_exists()
        async with AsyncSession(self.engine) as session, session.begin():
            await narrow(session, invitation.tenant_id)
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
            return await self._signed_in(session, account, str(invitation.tenant_id))

    async def _authenticated(self, email: str, password: str) -> Account:
        async with AsyncSession(self.engine) as session:
            stored = await _stored_password(session, email.strip().lower())
        # No connection is held while the password is checked, which takes its time.
        fits = len(password) <= MAX_LENGTH and await self.passwords.verify(
            password, None if stored is None else stored.hash
        )
        if stored is None or not fits:
            raise Refusal(WRONG_CREDENTIALS, "E-mail or password is wrong")
        return stored.account

    async def _signed_in(self, session: AsyncSession, account: Account, wanted: str | None) -> SignedIn:
        tenants = await _memberships(session, account.id)
        chosen = [one for one in tenants if wanted is None or wanted in {one.slug, str(one.id)}]
        if not chosen:
            raise Refusal(
                NOT_A_MEMBER, "You are not a member of this tenant" if wanted else "You belong to no tenant"
            )
        tenant = chosen[0]
        scopes = (await session.scalars(scopes_of_user(account.id, tenant.id))).all()
        token = self.issuer.issue(account.id, tenant.id, tenant.slug, list(scopes))
        return SignedIn(token, account, tenant, tuple(tenants))


async def create_account(session: AsyncSession, email: str, name: str, password_hash: str) -> Account | None:
    """A new account for an address; None where it has one, which stays as it is."""
    row = (
        await session.execute(
            insert(UserRow)
            .values(id=uuid4(), email=normalize_email(email), name=name, password_hash=password_hash)
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(UserRow.id, UserRow.email, UserRow.name)
        )
    ).one_or_none()
    return None if row is None else Account(row.id, row.email, row.name)


async def find_account(session: AsyncSession, email: str) -> Account | None:
    stored = await _stored_password(session, email)
    return None if stored is None else stored.account


@dataclass(frozen=True, slots=True)
class _StoredPassword:
    account: Account
    hash: str


def _check_new_password(password: str) -> None:
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Refusal("BAD_USER_INPUT", f"A password has between {MIN_LENGTH} and {MAX_LENGTH} characters")


def _account_exists() -> Refusal:
    return Refusal(WRONG_CREDENTIALS, "This address has an account already: accept with its password")


def _invalid_invitation() -> Refusal:
    return Refusal(INVITATION_INVALID, "The invitation is not valid, or not any more: ask for a new one")


async def _stored_password(session: AsyncSession, email: str) -> _StoredPassword | None:
    query = select(UserRow.id, UserRow.email, UserRow.name, UserRow.password_hash).where(
        UserRow.email == email
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _StoredPassword(Account(row.id, row.email, row.name), row.password_hash)


async def _account(session: AsyncSession, user: UUID) -> Account | None:
    row = (
        await session.execute(select(UserRow.id, UserRow.email, UserRow.name).where(UserRow.id == user))
    ).one_or_none()
    return None if row is None else Account(row.id, row.email, row.name)


async def _memberships(session: AsyncSession, user: UUID) -> Sequence[Membership]:
    rows = await session.execute(
        select(TenantRow.id, TenantRow.slug, TenantRow.name)
        .join(MembershipRow, MembershipRow.tenant_id == TenantRow.id)
        .where(MembershipRow.user_id == user)
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
