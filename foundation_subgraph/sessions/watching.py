"""Sessions that end and rights that are taken, by whichever process, are told to the gateway of this one."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit.news import news
from foundation_subgraph.sessions.service import (
    RIGHTS_LESSENED,
    SESSIONS_ENDED,
    ended_since,
    lessened_since,
)
from supergraph.spec import RevocationList

_log = logging.getLogger(__name__)

_OVERLAP: Final = timedelta(minutes=1)
"""A transaction writes the moment of an end, and commits a little later: whoever looks meanwhile must look again."""
_AT_LEAST_EVERY: Final = 10.0
_TOPICS: Final = (SESSIONS_ENDED, RIGHTS_LESSENED)
_BETWEEN_ATTEMPTS: Final = 1.0


@asynccontextmanager
async def watching_sessions(
    engine: AsyncEngine, revocations: RevocationList, lifetime: timedelta
) -> AsyncIterator[None]:
    """Keep `revocations` up to date within the block: at once where PostgreSQL can say so, else within ten seconds.

    It begins with all that ended or was taken within `lifetime`, which is that of an access token, so a gateway that was restarted
    takes nothing that was taken back before. `engine` is the sign-in's.
    """
    since = datetime.now(UTC) - lifetime - _OVERLAP
    await _look(engine, revocations, since)
    watch = asyncio.create_task(_watch(engine, revocations))
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _watch(engine: AsyncEngine, revocations: RevocationList) -> None:
    seen = datetime.now(UTC)
    while True:
        try:
            async with news(engine, *_TOPICS) as told:
                while not told.is_lost:
                    told.happened.clear()
                    looked = datetime.now(UTC)
                    await _look(engine, revocations, seen - _OVERLAP)
                    seen = looked
                    with suppress(TimeoutError):
                        await asyncio.wait_for(told.happened.wait(), _AT_LEAST_EVERY)
        except (OSError, SQLAlchemyError) as error:
            # What ended meanwhile is found afterwards: `seen` stays where it was.
            _log.warning(
                "sessions that end elsewhere, and rights that are taken, are not noticed: %s",
                type(error).__name__,
            )
        await asyncio.sleep(_BETWEEN_ATTEMPTS)


async def _look(engine: AsyncEngine, revocations: RevocationList, since: datetime) -> None:
    async with AsyncSession(engine) as session:
        for ended in await ended_since(session, since):
            revocations.revoke_session(str(ended))
        for lessened in await lessened_since(session, since):
            revocations.revoke_subject(
                str(lessened.user), str(lessened.tenant), until=lessened.until.timestamp()
            )
