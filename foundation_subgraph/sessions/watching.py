"""Sessions that end and rights that are taken, by whichever process, are told to the gateway of this one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit.news import keeping_up
from foundation_subgraph.sessions.service import (
    RIGHTS_LESSENED,
    SESSIONS_ENDED,
    ended_since,
    lessened_since,
)
from supergraph.spec import RevocationList

_OVERLAP: Final = timedelta(minutes=1)
"""A transaction writes the moment of an end, and commits a little later: whoever looks meanwhile must look again."""


@asynccontextmanager
async def watching_sessions(
    engine: AsyncEngine, revocations: RevocationList, lifetime: timedelta
) -> AsyncIterator[None]:
    """Keep `revocations` up to date within the block: at once where PostgreSQL can say so, else within ten seconds.

    It begins with all that ended or was taken within `lifetime`, which is that of an access token, so a gateway that was restarted
    takes nothing that was taken back before. `engine` is the sign-in's.
    """
    seen = datetime.now(UTC) - lifetime

    async def look() -> None:
        nonlocal seen
        looked = datetime.now(UTC)
        await _look(engine, revocations, seen - _OVERLAP)
        # Not before: what ends while the database is away is found afterwards.
        seen = looked

    unnoticed = "sessions that end elsewhere, and rights that are taken,"
    async with keeping_up(engine, (SESSIONS_ENDED, RIGHTS_LESSENED), look, unnoticed):
        yield


async def _look(engine: AsyncEngine, revocations: RevocationList, since: datetime) -> None:
    async with AsyncSession(engine) as session:
        for ended in await ended_since(session, since):
            revocations.revoke_session(str(ended))
        for lessened in await lessened_since(session, since):
            revocations.revoke_subject(
                str(lessened.user), str(lessened.tenant), until=lessened.until.timestamp()
            )
