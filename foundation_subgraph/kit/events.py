"""What happens in one process, told to subscriptions in all: PostgreSQL carries it, so nothing else need run.

An event leaves with the transaction that made it, and not at all where that rolls back. It reaches those who listen at
that moment and is kept nowhere. Only subscribers of the same tenant get it, yet the database itself does not keep
tenants' events apart: let an event say which rows to look at, and not what stands in them.
"""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Protocol, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit.errors import Refusal
from foundation_subgraph.kit.tenant_setting import TENANT_SETTING

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")
_LONGEST_NAME: Final = 63  # of an identifier in PostgreSQL
_LARGEST_EVENT: Final = 7_000  # PostgreSQL takes 8000 bytes, the tenant and some punctuation among them
_WAITING_EVENTS: Final = 1_000
_PUBLISH: Final = text(
    "SELECT pg_notify(:topic, json_build_object("
    f"'tenant', NULLIF(current_setting('{TENANT_SETTING}', true), ''), 'event', CAST(:event AS json))::text)"
)

Event = Mapping[str, object]
"""A JSON object."""


class EventsLostError(Refusal):
    """Events may have been missed, so the subscription ends: its client asks anew, and reads what it missed."""

    def __init__(self, why: str) -> None:
        super().__init__("EVENTS_LOST", f"Events may be missing, as {why}: subscribe again")


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of event, named by its subgraph: `inventory:low_stock`. Raises ValueError for another form of name."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > _LONGEST_NAME:
            raise ValueError(f'"{self.name}" is no name of a topic; write it like inventory:low_stock')

    async def publish(self, session: AsyncSession, event: Event) -> None:
        """Tell those of the session's tenant who listen, when the session's transaction commits.

        `event` is what JSON can say, in at most 7000 bytes. Raises ValueError for a larger one. Equal events of one
        transaction are one.
        """
        written = json.dumps(event, separators=(",", ":"))
        if len(written) > _LARGEST_EVENT:
            raise ValueError(f"an event of {self.name} has {len(written)} bytes; at most {_LARGEST_EVENT} go")
        await session.execute(_PUBLISH, {"topic": self.name, "event": written})


class Events:
    """The events that one process hears, over one connection for all its subscriptions, held while there are any."""

    __slots__ = ("_changing", "_connection", "_engine", "_held", "_listeners")

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._listeners: dict[str, set[_Listener]] = defaultdict(set)
        self._changing = asyncio.Lock()
        self._held: AsyncExitStack | None = None
        self._connection: _Notifying | None = None

    @property
    def topics(self) -> frozenset[str]:
        """The names of the topics that are listened to at the moment."""
        return frozenset(self._listeners) if self._connection is not None else frozenset()

    async def hear(self, topic: Topic, tenant: str | None) -> AsyncGenerator[Event, None]:
        """The events of a topic from now on, of one tenant; of none, where there is no tenant.

        Raises EventsLostError when more wait than are kept, or when the connection is lost.
        """
        listener = _Listener(tenant)
        await self._add(topic.name, listener)
        try:
            while True:
                yield await listener.next()
        finally:
            await asyncio.shield(self._remove(topic.name, listener))

    async def _add(self, topic: str, listener: "_Listener") -> None:
        async with self._changing:
            if self._connection is None:
                self._connection = await self._connect()
            if topic not in self._listeners:
                await self._connection.add_listener(topic, self._notice)
            self._listeners[topic].add(listener)

    async def _remove(self, topic: str, listener: "_Listener") -> None:
        async with self._changing:
            if listener not in self._listeners.get(topic, ()):
                return  # the connection was lost, and all who listened with it
            self._listeners[topic].discard(listener)
            if self._listeners[topic]:
                return
            del self._listeners[topic]
            assert self._connection is not None, "somebody listened"
            await self._connection.remove_listener(topic, self._notice)
            if not self._listeners:
                await self._disconnect()

    async def _connect(self) -> "_Notifying":
        async with AsyncExitStack() as opening:
            connection = await opening.enter_async_context(self._engine.connect())
            raw = await connection.get_raw_connection()
            driver = cast("_Notifying", raw.driver_connection)
            driver.add_termination_listener(self._lose)
            self._held = opening.pop_all()
            return driver

    async def _disconnect(self) -> None:
        held, connection = self._held, self._connection
        self._held = self._connection = None
        if connection is not None:
            connection.remove_termination_listener(self._lose)
        if held is not None:
            await held.aclose()

    def _notice(self, _connection: object, _process: int, topic: str, payload: object) -> None:
        assert isinstance(payload, str)
        told = json.loads(payload)
        for listener in self._listeners.get(topic, ()):
            if told["tenant"] is not None and told["tenant"] == listener.tenant:
                listener.take(told["event"])

    def _lose(self, _connection: object) -> None:
        lost, self._listeners = self._listeners, defaultdict(set)
        held, self._held, self._connection = self._held, None, None
        for listeners in lost.values():
            for listener in listeners:
                listener.end(EventsLostError("the connection to the database was lost"))
        if held is not None:
            # The connection is gone; what remains is to give its place in the pool back.
            task = asyncio.get_running_loop().create_task(held.aclose())
            _givings_back.add(task)
            task.add_done_callback(_givings_back.discard)


_givings_back: Final[set[asyncio.Task[None]]] = set()


class _Listener:
    """One subscription's queue."""

    __slots__ = ("_end", "_events", "tenant")

    def __init__(self, tenant: str | None) -> None:
        self.tenant = tenant
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._end: EventsLostError | None = None

    def take(self, event: Event) -> None:
        if self._end is not None:
            return
        if self._events.qsize() >= _WAITING_EVENTS:
            self.end(EventsLostError("they came faster than they were taken"))
        else:
            self._events.put_nowait(event)

    def end(self, why: EventsLostError) -> None:
        self._end = why
        self._events.put_nowait(None)

    async def next(self) -> Event:
        event = await self._events.get()
        if event is None:
            assert self._end is not None, "None is the end"
            raise self._end
        return event


class _Notifying(Protocol):
    """What of asyncpg's connection is used here."""

    async def add_listener(self, channel: str, callback: object) -> None: ...

    async def remove_listener(self, channel: str, callback: object) -> None: ...

    def add_termination_listener(self, callback: object) -> None: ...

    def remove_termination_listener(self, callback: object) -> None: ...
