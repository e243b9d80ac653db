"""What can be done with sessions, over a database session that is narrowed to their tenant."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Access, Permission, Refusal, Topic, among
from foundation_subgraph.kit.tenant_setting import TENANT_SETTING
from foundation_subgraph.sessions.tables import RefreshTokenRow, SessionRow

SESSIONS_MANAGE: Final = Permission(
    "sessions:manage", "See and end the sessions of all members", Access.ADMINISTER
)
PERMISSIONS: Final = (SESSIONS_MANAGE,)

ORDER: Final = (SessionRow.created_at, SessionRow.id)

SESSIONS_ENDED: Final = Topic("foundation:sessions_ended")
"""Some sessions have ended: whoever keeps a list of those looks them up."""
RIGHTS_LESSENED: Final = Topic("foundation:rights_lessened")
"""Some members may do less than their tokens say: whoever keeps a list of those looks them up."""

REMEMBERED: Final = timedelta(days=30)
"""How long a session with refresh tokens lasts at most."""
REMEMBERED_UNUSED: Final = timedelta(days=14)
WORKING_DAY: Final = timedelta(hours=12)
"""How long one without lasts at most: it is continued by its own access tokens."""

_KEPT: Final = timedelta(days=30)  # after its end, for whoever looks what was there
_LONGEST_AGENT: Final = 300
_RIGHTS: Final = f"(hashtextextended('dovetail.rights.' || current_setting('{TENANT_SETTING}'), 0))"
_HOLD_RIGHTS: Final = text(f"SELECT pg_advisory_xact_lock_shared{_RIGHTS}")
_CHANGE_RIGHTS: Final = text(f"SELECT pg_advisory_xact_lock{_RIGHTS}")


class EndReason(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a reason
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    MEMBERSHIP_ENDED = "membership_ended"
    TENANT_INACTIVE = "tenant_inactive"


@dataclass(frozen=True, slots=True)
class LessenedRights:
    """What somebody was given in a tenant until a moment holds no more."""

    user: UUID
    tenant: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody signs in from, as far as that is known: told to them in the list of their sessions."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token that continues a session, and whose it is."""

    tenant: UUID
    session: UUID
    user: UUID
    hash: bytes


def hash_refresh_token(token: str) -> bytes:
    """What is kept of a refresh token: 32 random bytes cannot be guessed from their hash."""
    return hashlib.sha256(token.encode()).digest()


async def begin_session(
    session: AsyncSession,
    user: UUID,
    origin: Origin,
    lifetime: timedelta,
    *,
    is_remembered: bool,
    until: datetime | None = None,
    provider: str | None = None,
) -> SessionRow:
    """A new session of a member; what ended long ago is cleared away.

    `lifetime` is that of an access token. `until` bounds one that comes from another session; `provider` is the OpenID
    provider that either began by.
    """
    now = datetime.now(UTC)
    expires = now + (REMEMBERED if is_remembered else WORKING_DAY)
    if until is not None:
        expires = min(expires, until)
    await session.execute(
        delete(SessionRow).where(SessionRow.user_id == user, SessionRow.expires_at < now - _KEPT)
    )
    row = SessionRow(
        id=uuid4(),
        user_id=user,
        created_at=now,
        last_used_at=now,
        ends_at=min(expires, now + (REMEMBERED_UNUSED if is_remembered else lifetime)),
        expires_at=expires,
        is_remembered=is_remembered,
        address=_kept_text(origin.address),
        agent=_kept_text(origin.agent),
        provider=provider,
    )
    session.add(row)
    await session.flush()
    told = {"session": str(row.id), "address": row.address}
    if provider is not None:
        told["provider"] = provider
    await record(session, user, "session.began", user, told)
    return row


async def renew_session(session: AsyncSession, row: SessionRow, unused: timedelta) -> None:
    """Put the end of a live session off."""
    now = datetime.now(UTC)
    await session.execute(
        update(SessionRow)
        .where(SessionRow.tenant_id == row.tenant_id, SessionRow.id == row.id)
        .values(last_used_at=now, ends_at=min(row.expires_at, now + unused))
    )


async def live_session(session: AsyncSession, tenant: UUID, wanted: UUID) -> SessionRow | None:
    """A session that has not ended, locked so that it does not end meanwhile."""
    query = select(SessionRow).where(SessionRow.tenant_id == tenant, SessionRow.id == wanted, is_live())
    return await session.scalar(query.with_for_update())


async def add_refresh_token(session: AsyncSession, row: SessionRow) -> str:
    """A refresh token for a session. What comes back is known here and now and never again."""
    token = secrets.token_urlsafe(32)
    await session.execute(
        insert(RefreshTokenRow).values(token_hash=hash_refresh_token(token), session_id=row.id)
    )
    return token


async def find_refresh_token(session: AsyncSession, token: str) -> RefreshToken | None:
    """A refresh token of whatever tenant, used or not. For the sign-in, before it is narrowed."""
    hashed = hash_refresh_token(token)
    query = (
        select(RefreshTokenRow.tenant_id, SessionRow.id, SessionRow.user_id)
        .join(
            SessionRow,
            and_(
                SessionRow.tenant_id == RefreshTokenRow.tenant_id, SessionRow.id == RefreshTokenRow.session_id
            ),
        )
        .where(RefreshTokenRow.token_hash == hashed)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else RefreshToken(found.tenant_id, found.id, found.user_id, hashed)


async def use_refresh_token(session: AsyncSession, token: RefreshToken) -> bool:
    """Use a token up. False where it was: of two that come at once, one waits here and then finds it used."""
    used = await session.scalar(
        update(RefreshTokenRow)
        .where(
            RefreshTokenRow.tenant_id == token.tenant,
            RefreshTokenRow.token_hash == token.hash,
            RefreshTokenRow.used_at.is_(None),
        )
        .values(used_at=datetime.now(UTC))
        .returning(RefreshTokenRow.session_id)
    )
    return used is not None


async def revoke_session(session: AsyncSession, wanted: UUID, actor: UUID, *, of_all: bool) -> SessionRow:
    """End a live session: one's own, or with `of_all` any of the tenant. Others are not there."""
    query = select(SessionRow).where(SessionRow.id == wanted, is_live())
    if not of_all:
        query = query.where(SessionRow.user_id == actor)
    row = await session.scalar(query)
    if row is None:
        raise Refusal("SESSION_NOT_FOUND", "There is no such session, or not any more")
    await end_sessions(session, EndReason.REVOKED, actor, SessionRow.id == wanted)
    return row


async def end_sessions_of_user(
    session: AsyncSession, user: UUID, reason: EndReason, actor: UUID | str | None, *, but: UUID | None = None
) -> int:
    """End what sessions somebody has in the tenant, and say how many; `but` one of them."""
    conditions = [SessionRow.user_id == user]
    if but is not None:
        conditions.append(SessionRow.id != but)
    return await end_sessions(session, reason, actor, *conditions)


async def end_sessions_of_tenant(session: AsyncSession, actor: UUID | None = None) -> int:
    """End all sessions of a tenant that is no longer active, and say how many."""
    return await end_sessions(session, EndReason.TENANT_INACTIVE, actor)


async def end_sessions(
    session: AsyncSession, reason: EndReason, actor: UUID | str | None, *conditions: ColumnElement[bool]
) -> int:
    """End the live sessions of the tenant that fulfil the conditions. Their access tokens end when this commits."""
    ended = await session.execute(
        update(SessionRow)
        .where(is_live(), *conditions)
        .values(ended_at=datetime.now(UTC), end_reason=reason)
        .returning(SessionRow.id, SessionRow.user_id)
        .execution_options(synchronize_session=False)
    )
    by_user: dict[UUID, list[str]] = {}
    for row in ended:
        by_user.setdefault(row.user_id, []).append(str(row.id))
    for user, sessions in by_user.items():
        await record(session, actor, "session.ended", user, {"reason": reason, "sessions": sessions})
    if by_user:
        await SESSIONS_ENDED.publish(session, {})
    return sum(map(len, by_user.values()))


def sessions_of_user(user: UUID) -> Select[SessionRow]:
    """The live sessions of somebody in the tenant, not ordered yet."""
    return select(SessionRow).where(SessionRow.user_id == user, is_live())


async def ended_since(session: AsyncSession, moment: datetime) -> Sequence[UUID]:
    """The sessions of all tenants that were ended since. For the sign-in."""
    return (await session.scalars(select(SessionRow.id).where(SessionRow.ended_at >= moment))).all()


async def hold_rights(session: AsyncSession) -> None:
    """Until the transaction ends, nobody loses a right in the session's tenant: for whoever writes rights into a token.

    Who was to lose one meanwhile loses it afterwards, this token included. To be asked before any row is locked.
    """
    await session.execute(_HOLD_RIGHTS)


async def change_rights(session: AsyncSession) -> None:
    """Until the transaction ends, nobody gets a token in the session's tenant: for whoever takes rights.

    To be asked before any row is locked, or two could wait for each other.
    """
    await session.execute(_CHANGE_RIGHTS)


async def lessen_rights(session: AsyncSession, users: Collection[UUID]) -> None:
    """What tokens members have now hold no more, once this commits. Their sessions go on, and the next token says less."""
    await change_rights(session)
    lessened = await session.execute(
        update(SessionRow)
        .where(is_live(), among(SessionRow.user_id, users))
        .values(rights_lessened_at=datetime.now(UTC))
        .returning(SessionRow.id)
        .execution_options(synchronize_session=False)
    )
    if lessened.all():
        await RIGHTS_LESSENED.publish(session, {})


async def lessened_since(session: AsyncSession, moment: datetime) -> Sequence[LessenedRights]:
    """Who lost rights since, in all tenants. For the sign-in."""
    query = (
        select(SessionRow.user_id, SessionRow.tenant_id, SessionRow.rights_lessened_at)
        .where(SessionRow.rights_lessened_at >= moment)
        .distinct()
    )
    rows = await session.execute(query)
    return [LessenedRights(user, tenant, until) for user, tenant, until in rows if until is not None]


def is_live() -> ColumnElement[bool]:
    return and_(SessionRow.ended_at.is_(None), SessionRow.ends_at > datetime.now(UTC))


def _kept_text(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:_LONGEST_AGENT]
