"""That something of a topic happened, told to whoever keeps a copy of it: less than `Events`, and for all tenants at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from foundation_subgraph.kit.events import Topic


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
    """News of the topics for as long as the block lasts, over a connection of its own."""
    happened = asyncio.Event()

    def note(*_told: object) -> None:
        happened.set()

    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = cast("_Listening", raw.driver_connection)
        driver.add_termination_listener(note)
        for topic in topics:
            await driver.add_listener(topic.name, note)
        try:
            yield News(happened, driver)
        finally:
            driver.remove_termination_listener(note)
            for topic in topics if not driver.is_closed() else ():
                await driver.remove_listener(topic.name, note)


class _Listening(Protocol):
    """What of asyncpg's connection is used here."""

    async def add_listener(self, channel: str, callback: object) -> None: ...

    async def remove_listener(self, channel: str, callback: object) -> None: ...

    def add_termination_listener(self, callback: object) -> None: ...

    def remove_termination_listener(self, callback: object) -> None: ...

    def is_closed(self) -> bool: ...
