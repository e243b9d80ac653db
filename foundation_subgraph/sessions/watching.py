"""Sessions that end and rights that are taken, by whichever process, are told to the gateway of this one."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, cast

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

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
            async with _news(engine) as (news, driver):
                while not driver.is_closed():
                    news.clear()
                    looked = datetime.now(UTC)
                    await _look(engine, revocations, seen - _OVERLAP)
                    seen = looked
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), _AT_LEAST_EVERY)
        # Of what is asked of the driver itself, it tells in errors of its own.
        except (OSError, SQLAlchemyError, InterfaceError, PostgresError) as error:
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


@asynccontextmanager
async def _news(engine: AsyncEngine) -> AsyncIterator[tuple[asyncio.Event, "_Notifying"]]:
    """Set whenever sessions ended or rights were taken, and when the connection that would tell is lost."""
    news = asyncio.Event()

    def note(*_told: object) -> None:
        news.set()

    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = cast("_Notifying", raw.driver_connection)
        driver.add_termination_listener(note)
        for topic in _TOPICS:
            await driver.add_listener(topic.name, note)
        try:
            yield news, driver
        finally:
            driver.remove_termination_listener(note)
            if not driver.is_closed():
                for topic in _TOPICS:
                    await driver.remove_listener(topic.name, note)


class _Notifying(Protocol):
    """What of asyncpg's connection is used here."""

    async def add_listener(self, channel: str, callback: object) -> None: ...

    async def remove_listener(self, channel: str, callback: object) -> None: ...

    def add_termination_listener(self, callback: object) -> None: ...

    def remove_termination_listener(self, callback: object) -> None: ...

    def is_closed(self) -> bool: ...
