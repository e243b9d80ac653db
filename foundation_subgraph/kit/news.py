"""That something of a topic happened, told to whoever keeps a copy of it: less than `Events`, and for all tenants at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol, cast

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation_subgraph.kit.events import Topic

_DRIVERS_OWN: Final = (InterfaceError, PostgresError)
"""Of what is asked of the driver itself, it tells in errors of its own."""


@dataclass(frozen=True, slots=True)
class News:
    """`happened` is set whenever there are news, and when the connection that would tell is lost."""

    happened: asyncio.Event
    connection: "_Listening"

    @property
    def is_lost(self) -> bool:
        """Whether there will be no more of them: somebody has to ask for news anew."""
        return self.connection.is_closed()


@asynccontextmanager
async def news(engine: AsyncEngine, *topics: Topic) -> AsyncIterator[News]:
    """News of the topics for as long as the block lasts, over a connection of its own.

    Raises ConnectionError, or what SQLAlchemy and the operating system say, where it cannot be had.
    """
    happened = asyncio.Event()

    def note(*_told: object) -> None:
        happened.set()

    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = cast("_Listening", raw.driver_connection)
        driver.add_termination_listener(note)
        try:
            await _listen(driver, topics, note)
            yield News(happened, driver)
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
