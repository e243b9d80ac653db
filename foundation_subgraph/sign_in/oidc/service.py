"""Signing in by an OpenID provider: there, back, and in. Who somebody is, the provider says; where they may go, we do.

A person is known by issuer and subject. An e-mail finds an invitation, and an account only where the settings say so, and only
one that is verified; and nobody comes further by a provider than the tenants that it reaches.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Refusal, narrow
from foundation_subgraph.sessions.service import EndReason, end_sessions, hold_rights
from foundation_subgraph.sessions.tables import SessionRow
from foundation_subgraph.sign_in.accounts import Account, create_account, find_account, find_account_by_id
from foundation_subgraph.sign_in.oidc.id_tokens import Identity, shown_name
from foundation_subgraph.sign_in.oidc.provider import Provider, Response
from foundation_subgraph.sign_in.oidc.refusals import (
    ACCOUNT_EXISTS,
    EMAIL_NOT_VERIFIED,
    IDENTITY_TAKEN,
    PERSON_UNKNOWN,
    account_exists,
    email_not_verified,
    identity_missing,
    identity_taken,
    person_unknown,
    provider_unknown,
    state_invalid,
    ticket_invalid,
)
from foundation_subgraph.sign_in.oidc.return_addresses import safe_return_address
from foundation_subgraph.sign_in.oidc.settings import OidcProvider, OidcSettings, SecondFactor, UnknownPeople
from foundation_subgraph.sign_in.oidc.tables import IdentityRow
from foundation_subgraph.sign_in.oidc.visits import (
    Begun,
    Ticket,
    begin_visit,
    end_visit,
    find_ticket,
    give_ticket,
    use_ticket,
)
from foundation_subgraph.sign_in.persons import be_person, tenants_of_user
from foundation_subgraph.sign_in.service import NOT_A_MEMBER, SignedIn, SignIn, Wish
from foundation_subgraph.sign_in.tokens import TokenIssuer
from foundation_subgraph.tenants.service import TenantStatus
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import add_member
from foundation_subgraph.users.tables import InvitationRow

_log = logging.getLogger(__name__)

_FINAL: Final = frozenset({PERSON_UNKNOWN, EMAIL_NOT_VERIFIED, ACCOUNT_EXISTS, IDENTITY_TAKEN, NOT_A_MEMBER})
"""Said to somebody whose identity is proved: nothing that they could send with the same ticket would change it."""


@dataclass(frozen=True, slots=True)
class SentAway:
    """Where the browser goes, and the secret that it keeps."""

    url: str
    visit: Begun


@dataclass(frozen=True, slots=True)
class CameBack:
    """Where the browser wanted to go, and what it shows there: a ticket, or why there is none."""

    return_to: str
    outcome: str | Refusal


@dataclass(frozen=True, slots=True)
class _Person:
    """Whom an identity is, as far as that is known: their account, whether it is linked, and who invites them."""

    account: Account | None
    is_linked: bool
    invitation: InvitationRow | None


class OidcSignIn:
    """The use cases, in the role of the sign-in. `providers` are those of the settings, by name."""

    def __init__(self, sign_in: SignIn, settings: OidcSettings, providers: Mapping[str, Provider]) -> None:
        self.settings: Final = settings
        self.engine: Final[AsyncEngine] = sign_in.engine
        self._sign_in: Final = sign_in
        self._providers: Final = providers

    async def begin(self, name: str, return_to: str) -> SentAway:
        """Send somebody to a provider, to come back to `return_to` at last."""
        provider = self._provider(name)
        address = safe_return_address(self.settings, return_to)
        callback = self.settings.callback(provider.settings)
        async with AsyncSession(self.engine) as session, session.begin():
            visit = await begin_visit(session, name, address, callback)
        return SentAway(await provider.authorization_url(visit.question), visit)

    async def come_back(self, name: str, state: str, browser: str, response: Response) -> CameBack:
        """Take what somebody brings back from a provider. Refuses who was not sent there from this browser."""
        provider = self._provider(name)
        callback = self.settings.callback(provider.settings)
        async with AsyncSession(self.engine) as session, session.begin():
            # Committed before the provider is asked: whatever comes of it, this state is used up.
            ended = await end_visit(session, name, state, browser, callback)
        if ended is None:
            raise state_invalid()
        return_to, question = ended
        try:
            identity = await provider.identify(question, response)
        except Refusal as refusal:
            return CameBack(return_to, refusal)
        async with AsyncSession(self.engine) as session, session.begin():
            ticket = await give_ticket(session, state, browser, name, identity)
        return CameBack(return_to, ticket)

    async def finish(self, ticket: str, browser: str, wish: Wish, tenant: str | None = None) -> SignedIn:
        """Sign in who came back, to a tenant given by id or short name; without one, to the first by name."""
        kept, provider = await self._ticket(ticket, browser)
        try:
            return await self._enter(kept, provider, wish, tenant)
        except Refusal as refusal:
            if refusal.code in _FINAL:
                await self._note_refusal(kept, provider, refusal.code)
            raise

    async def link(self, ticket: str, browser: str, token: str, password: str) -> None:
        """Link who came back to the account that is signed in, and whose password is shown.

        Raises InvalidTokenError for a token that is not ours.
        """
        read, account = await self._sign_in.identify(token, password)
        kept, provider = await self._ticket(ticket, browser)
        async with AsyncSession(self.engine) as session, session.begin():
            if not await use_ticket(session, kept):
                raise ticket_invalid()
            await narrow(session, read.tenant)
            await _link(session, account, kept.identity, provider, "password")

    async def unlink(self, name: str, token: str, password: str) -> None:
        """Forget whom a provider means by somebody who shows their password; sessions begun by it end.

        Raises InvalidTokenError for a token that is not ours.
        """
        _, account = await self._sign_in.identify(token, password)
        issuer = self._provider(name).settings.issuer
        names = [one.name for one in self.settings.providers if one.issuer == issuer]
        async with AsyncSession(self.engine) as session, session.begin():
            await be_person(session, account.id)
            gone = await session.scalar(
                delete(IdentityRow)
                .where(IdentityRow.user_id == account.id, IdentityRow.issuer == issuer)
                .returning(IdentityRow.subject)
            )
            if gone is None:
                raise identity_missing()
            begun_by_it = SessionRow.provider.in_(names)
            for tenant in await tenants_of_user(session, account.id):
                await narrow(session, tenant)
                await end_sessions(
                    session, EndReason.REVOKED, account.id, SessionRow.user_id == account.id, begun_by_it
                )
                await record(session, account.id, "identity.unlinked", account.id, {"provider": name})

    @property
    def issuer(self) -> TokenIssuer:
        """Of our own tokens, not of any provider's."""
        return self._sign_in.issuer

    def _provider(self, name: str) -> Provider:
        provider = self._providers.get(name)
        if provider is None:
            raise provider_unknown()
        return provider

    async def _ticket(self, ticket: str, browser: str) -> tuple[Ticket, OidcProvider]:
        async with AsyncSession(self.engine) as session:
            kept = await find_ticket(session, ticket, browser)
        if kept is None or kept.provider not in self._providers:
            raise ticket_invalid()
        return kept, self._providers[kept.provider].settings

    async def _enter(self, kept: Ticket, provider: OidcProvider, wish: Wish, wanted: str | None) -> SignedIn:
        async with AsyncSession(self.engine) as session:
            # Of one moment: of two who come at once, the later must not find the first one's account without its link.
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            person = await self._find_person(session, kept.identity, provider, wanted)
        if person.account is not None and provider.second_factor is SecondFactor.HERE:
            await self._sign_in.second_factors.check(person.account.id, wish.code)
        new_hash = ""
        if person.account is None:
            # Nobody knows this password, and it takes as long to find that out as with any other.
            new_hash = await self._sign_in.passwords.hash(secrets.token_urlsafe(32))
        async with AsyncSession(self.engine) as session, session.begin():
            if not await use_ticket(session, kept):
                raise ticket_invalid()
            account = person.account
            if person.invitation is not None:
                account = await _accept(session, person.invitation, account, kept.identity, new_hash)
                wanted = str(person.invitation.tenant_id)
            assert account is not None, "who has neither account nor invitation is refused before"
            signed_in = await self._sign_in.begin(session, account, wish, wanted, provider=provider.name)
            if not person.is_linked:
                by = "e-mail" if person.account is not None else "invitation"
                await _link(session, account, kept.identity, provider, by)
            return signed_in

    async def _find_person(
        self, session: AsyncSession, identity: Identity, provider: OidcProvider, wanted: str | None
    ) -> _Person:
        """Who it is. Refuses whom we do not know, in words that tell nothing of other tenants' people."""
        user = await session.scalar(
            select(IdentityRow.user_id).where(
                IdentityRow.issuer == identity.issuer, IdentityRow.subject == identity.subject
            )
        )
        account = None if user is None else await find_account_by_id(session, user)
        is_linked = account is not None
        if account is None and identity.email is not None:
            account = await find_account(session, identity.email)
        within = (
            await self._sign_in.tenants_within_reach(session, account.id, provider.name)
            if account is not None
            else ()
        )
        here = [one for one in within if wanted is None or wanted in {one.slug, str(one.id)}]
        invitation = None if here else await _find_invitation(session, identity, provider, wanted)
        if is_linked:
            return _Person(account, is_linked, invitation)
        if account is None or not (within or invitation):
            # An account that is none of this provider's tenants' business is one that nobody has.
            if invitation is not None:
                return _Person(None, is_linked, invitation)
            if identity.email is None and provider.unknown_people is UnknownPeople.INVITED:
                raise email_not_verified(provider.title)
            raise person_unknown()
        if not provider.link_by_email:
            raise account_exists()
        return _Person(account, is_linked, invitation)

    async def _note_refusal(self, kept: Ticket, provider: OidcProvider, code: str) -> None:
        """In the logs of the tenants that the provider is there for; the ticket is used up."""
        _log.info("%s: somebody is refused: %s", provider.name, code)
        told = {"provider": provider.name, "code": code}
        slugs: Sequence[str] = () if provider.tenants == "*" else provider.tenants
        async with AsyncSession(self.engine) as session, session.begin():
            if not await use_ticket(session, kept):
                return
            tenants = await session.scalars(
                select(TenantRow.id).where(TenantRow.slug.in_(slugs)).order_by(TenantRow.id)
            )
            for tenant in tenants.all():
                await narrow(session, tenant)
                await record(session, None, "sign_in.refused", kept.identity.subject, told)


async def _find_invitation(
    session: AsyncSession, identity: Identity, provider: OidcProvider, wanted: str | None
) -> InvitationRow | None:
    """An open invitation to the verified e-mail, into a tenant that the provider reaches; the first by its name."""
    if identity.email is None or provider.unknown_people is not UnknownPeople.INVITED:
        return None
    rows = await session.execute(
        select(InvitationRow, TenantRow.slug)
        .join(TenantRow, TenantRow.id == InvitationRow.tenant_id)
        .where(
            InvitationRow.email == identity.email,
            InvitationRow.expires_at > datetime.now(UTC),
            TenantRow.status == TenantStatus.ACTIVE,
        )
        .order_by(TenantRow.name, TenantRow.id)
    )
    for row, slug in rows:
        if provider.reaches(slug) and (wanted is None or wanted in {slug, str(row.tenant_id)}):
            session.expunge(row)
            invitation: InvitationRow = row
            return invitation
    return None


async def _accept(
    session: AsyncSession,
    invitation: InvitationRow,
    account: Account | None,
    identity: Identity,
    new_hash: str,
) -> Account:
    """Accept an invitation for its address's person, who gets an account where there is none."""
    await narrow(session, invitation.tenant_id)
    await hold_rights(session)
    # Taken away first: of two who accept at once, one waits here and then finds nothing.
    taken = await session.scalar(
        delete(InvitationRow)
        .where(
            InvitationRow.tenant_id == invitation.tenant_id,
            InvitationRow.email == invitation.email,
            InvitationRow.token_hash == invitation.token_hash,
        )
        .returning(InvitationRow.email)
    )
    if taken is None:
        raise person_unknown()
    if account is None:
        name = shown_name(identity.name or invitation.name, invitation.email)
        account = await create_account(session, invitation.email, name, new_hash)
    if account is None:  # it was made meanwhile, and nobody has said here that it is theirs
        raise account_exists()
    await add_member(session, account.id, invitation.roles)
    return account


async def _link(
    session: AsyncSession, account: Account, identity: Identity, provider: OidcProvider, by: str
) -> None:
    """From now on the identity is this person. The session is narrowed to the tenant whose log tells of it."""
    await be_person(session, account.id)
    linked: UUID | None = await session.scalar(
        insert(IdentityRow)
        .values(issuer=identity.issuer, subject=identity.subject, user_id=account.id, email=identity.email)
        # Either it is somebody else's, or this person has another one of the same issuer: its address may have changed hands.
        .on_conflict_do_nothing()
        .returning(IdentityRow.user_id)
    )
    if linked is None:
        raise identity_taken()
    told = {"provider": provider.name, "issuer": identity.issuer, "by": by}
    await record(session, account.id, "identity.linked", account.id, told)
