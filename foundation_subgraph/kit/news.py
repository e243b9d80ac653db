"""Keeping a copy of what the database says, told of news of a topic: less than `Events`, and for all tenants at once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol, cast

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation_subgraph.kit.events import Topic

_log = logging.getLogger(__name__)

_AT_LEAST_EVERY: Final = 10.0
_BETWEEN_ATTEMPTS: Final = 1.0
_DRIVERS_OWN: Final = (InterfaceError, InternalClientError, PostgresError)
"""Of what is asked of the driver itself, it tells in errors of its own."""


@asynccontextmanager
async def keeping_up(
    engine: AsyncEngine, topics: Sequence[Topic], look: Callable[[], Awaitable[None]], unnoticed: str
) -> AsyncIterator[None]:
    """Have `look` look at the database: before the block, and in it at once where PostgreSQL can say so, else every ten seconds.

    While the database is away, a warning says what is `unnoticed`; then it is looked anew. Raises what the first look does.
    """
    await look()
    watch = asyncio.create_task(_watch(engine, topics, look, unnoticed))
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _watch(
    engine: AsyncEngine, topics: Sequence[Topic], look: Callable[[], Awaitable[None]], unnoticed: str
) -> None:
    while True:
        try:
            async with _news(engine, topics) as news:
                while not news.are_lost:
                    news.happened.clear()
                    await look()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.happened.wait(), _AT_LEAST_EVERY)
        except (OSError, SQLAlchemyError) as error:
            _log.warning("%s are not noticed: %s", unnoticed, type(error).__name__)
        await asyncio.sleep(_BETWEEN_ATTEMPTS)


@dataclass(frozen=True, slots=True)
class _News:
    """`happened` is set whenever there are news, and when the connection that would tell is lost."""

    happened: asyncio.Event
    connection: "_Listening"

    @property
    def are_lost(self) -> bool:
        """Whether there will be no more of them: somebody has to ask for news anew."""
        return self.connection.is_closed()


@asynccontextmanager
async def _news(engine: AsyncEngine, topics: Sequence[Topic]) -> AsyncIterator[_News]:
    """Over a connection of its own. Raises ConnectionError, or what SQLAlchemy and the operating system say."""
    happened = asyncio.Event()

    def note(*_told: object) -> None:
        happened.set()

    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = cast("_Listening", raw.driver_connection)
        driver.add_termination_listener(note)
        try:
            await _listen(driver, topics, note)
            yield _News(happened, driver)
        finally:
            driver.remove_termination_listener(note)
            # The connection may go at this very moment: then there is nothing to take back.
            with suppress(*_DRIVERS_OWN):
                for topic in topics if not driver.is_closed() else ():
                    await driver.remove_listener(topic.name, note)


async def _listen(driver: "_Listening", topics: Sequence[Topic], note: Callable[..., None]) -> None:
    try:
        for topic in topics:
            await driver.add_listener(topic.name, note)
    except _DRIVERS_OWN as error:
        raise ConnectionError(f"the database tells no news: {error}") from error


class _Listening(Protocol):
    """What of asyncpg's connection is used here."""

    async def add_listener(self, channel: str, callback: object) -> None: ...

    async def remove_listener(self, channel: str, callback: object) -> None: ...

    def add_termination_listener(self, callback: object) -> None: ...

    def remove_termination_listener(self, callback: object) -> None: ...

    def is_closed(self) -> bool: ...
