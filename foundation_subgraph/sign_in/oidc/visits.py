"""The way to a provider and back: begun in a browser, ended in the same one, each step once.

A browser holds one secret, in a cookie that scripts do not see. What goes through addresses (`state` on the way back from
the provider, `ticket` on the page that is returned to) is worth nothing without it. Nonce and verifier are worked out of it, so
that the database keeps nothing but hashes.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.sign_in.oidc.id_tokens import Identity
from foundation_subgraph.sign_in.oidc.provider import Question
from foundation_subgraph.sign_in.oidc.tables import ProviderVisitRow, SignInTicketRow

VISIT_LIFETIME: Final = timedelta(minutes=10)
TICKET_LIFETIME: Final = timedelta(minutes=5)
"""Long enough to look for a phone and type the code of a second factor."""
COOKIE_LIFETIME: Final = VISIT_LIFETIME + TICKET_LIFETIME

_TRIP: Final = re.compile(r"([0-9a-f]{16})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit that has begun: `browser` is for the cookie alone, `question` for the provider."""

    browser: str
    question: Question


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is kept behind a ticket."""

    hash: bytes
    provider: str
    identity: Identity


def trip_of(token: str) -> str | None:
    """What a state and the ticket that follows it have in common: the name of their cookie. None for what is neither."""
    fits = _TRIP.fullmatch(token)
    return None if fits is None else fits[1]


async def begin_visit(session: AsyncSession, provider: str, return_to: str, redirect_uri: str) -> Begun:
    """Somebody leaves for a provider. What was never come back from is cleared away."""
    now = datetime.now(UTC)
    await _clear(session, now)
    browser, state = secrets.token_urlsafe(32), _token(secrets.token_hex(8))
    await session.execute(
        insert(ProviderVisitRow).values(
            state_hash=_hash(state),
            browser_hash=_hash(browser),
            provider=provider,
            return_to=return_to,
            expires_at=now + VISIT_LIFETIME,
        )
    )
    return Begun(browser, _question(state, browser, redirect_uri))


async def end_visit(
    session: AsyncSession, provider: str, state: str, browser: str, redirect_uri: str
) -> tuple[str, Question] | None:
    """Somebody is back, and cannot come back again: where they want to go, and what was asked. None for all others."""
    return_to: str | None = await session.scalar(
        delete(ProviderVisitRow)
        .where(
            ProviderVisitRow.state_hash == _hash(state),
            # Whoever has the state alone, of a log or another site, neither uses it nor uses it up.
            ProviderVisitRow.browser_hash == _hash(browser),
            ProviderVisitRow.provider == provider,
            ProviderVisitRow.expires_at > datetime.now(UTC),
        )
        .returning(ProviderVisitRow.return_to)
    )
    return None if return_to is None else (return_to, _question(state, browser, redirect_uri))


async def give_ticket(
    session: AsyncSession, state: str, browser: str, provider: str, identity: Identity
) -> str:
    """A ticket for what a provider has said, of the same trip and for the same browser."""
    ticket = _token(trip_of(state) or "")
    await session.execute(
        insert(SignInTicketRow).values(
            ticket_hash=_hash(ticket),
            browser_hash=_hash(browser),
            provider=provider,
            issuer=identity.issuer,
            subject=identity.subject,
            email=identity.email,
            name=identity.name,
            expires_at=datetime.now(UTC) + TICKET_LIFETIME,
        )
    )
    return ticket


async def find_ticket(session: AsyncSession, ticket: str, browser: str) -> Ticket | None:
    """What is behind a ticket that can still be used, in this browser."""
    row = await session.scalar(
        select(SignInTicketRow).where(
            SignInTicketRow.ticket_hash == _hash(ticket),
            SignInTicketRow.browser_hash == _hash(browser),
            SignInTicketRow.expires_at > datetime.now(UTC),
        )
    )
    if row is None:
        return None
    return Ticket(row.ticket_hash, row.provider, Identity(row.issuer, row.subject, row.email, row.name))


async def use_ticket(session: AsyncSession, ticket: Ticket) -> bool:
    """Use a ticket up. False where it was: of two who come at once, one waits here and then finds nothing."""
    used = await session.scalar(
        delete(SignInTicketRow)
        .where(SignInTicketRow.ticket_hash == ticket.hash)
        .returning(SignInTicketRow.ticket_hash)
    )
    return used is not None


async def _clear(session: AsyncSession, now: datetime) -> None:
    tables: Sequence[type[ProviderVisitRow | SignInTicketRow]] = (ProviderVisitRow, SignInTicketRow)
    for table in tables:
        await session.execute(delete(table).where(table.expires_at < now))


def _question(state: str, browser: str, redirect_uri: str) -> Question:
    return Question(
        state, _derived(browser, state, "nonce"), _derived(browser, state, "verifier"), redirect_uri
    )


def _derived(browser: str, state: str, purpose: str) -> str:
    """43 characters that nobody can work out who lacks the browser's secret: as RFC 7636 wants a verifier."""
    made = hmac.digest(browser.encode(), f"{purpose}\0{state}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _token(trip: str) -> str:
    return f"{trip}.{secrets.token_urlsafe(32)}"


def _hash(token: str) -> bytes:
    # 32 random bytes cannot be guessed from their hash.
    return hashlib.sha256(token.encode()).digest()
