"""Revocations in Redis, which several gateways tell each other."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, cast

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from supergraph.gateway.hooks.vocabulary import RevocationsUnavailableError
from supergraph.spec import Caller, Revocation, RevocationList

_STREAM: Final = "dovetail:revocations"
_ENTRY: Final = b"r"
_AT_ONCE: Final = 1_000
_WAIT_SECONDS: Final = 5.0
_BETWEEN_ATTEMPTS: Final = 1.0
_CLOCKS_DIFFER: Final = 1.0
_HEARING: Final = "revocations of other gateways are not heard of"
_TELLING: Final = "revocations are not told to other gateways"

_Entries = list[tuple[bytes, dict[bytes, bytes]]]
"""As Redis gives them where nothing is decoded; what its client says of them is wider than that."""

_log = structlog.stdlib.get_logger("dovetail.gateway")


class RedisRevocations:
    """A list of its own, which hears of what `lists` of this process take back, and of what others put into the stream.

    Redis keeps the stream for `keep_seconds` and about `entries` entries; whoever finds that some of it was left out
    takes no token from before what is there. Until the stream was read once nobody is believed; later on, while Redis is away,
    all that is known counts on, and what was missed is read afterwards. `watch` does the work, and is one task's.
    """

    __slots__ = (
        "_away",
        "_entries",
        "_keep_seconds",
        "_last",
        "_list",
        "_loop",
        "_read_once",
        "_redis",
        "_seconds",
        "_unsent",
        "_wake",
    )

    def __init__(
        self,
        url: str,
        lists: Iterable[RevocationList] = (),
        *,
        seconds: float = 2.0,
        keep_seconds: float = 86_400.0,
        entries: int = 100_000,
    ) -> None:
        """Raises ValueError for an address that is none of a Redis."""
        self._redis = Redis.from_url(
            url, socket_connect_timeout=seconds, socket_timeout=_WAIT_SECONDS + seconds, max_connections=4
        )
        self._seconds = seconds
        self._keep_seconds = keep_seconds
        self._entries = entries
        self._list = RevocationList(keep_seconds=keep_seconds, entries=entries)
        # In their order; other threads add to it, so it is only ever looked at as a whole.
        self._unsent: dict[Revocation, None] = {}
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last = 0, 0
        self._read_once = asyncio.Event()
        self._away: set[str] = set()
        for each in lists:
            each.tell(self._hear)

    def is_revoked(self, caller: Caller) -> bool:
        if not self._read_once.is_set():
            raise RevocationsUnavailableError("Redis was not reached yet")
        return self._list.is_revoked(caller)

    async def watch(self) -> None:
        """Tell and hear, until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        await asyncio.gather(self._for_ever(self._read, _HEARING), self._for_ever(self._send, _TELLING))

    async def first_read(self) -> None:
        """Until all that was taken back before is known, or Redis has had its time to answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._read_once.wait()

    async def close(self) -> None:
        self._loop = None
        await self._redis.aclose()

    def _hear(self, revocation: Revocation) -> None:
        """In any thread."""
        if len(self._unsent) >= self._entries:
            # Redis has been away for long. Whoever holds a token of that time gets a new one.
            self._unsent.clear()
            revocation = Revocation(time.time())
        self._unsent[revocation] = None
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._wake.set)

    async def _send(self) -> None:
        while True:
            self._wake.clear()
            sending = tuple(self._unsent)[:_AT_ONCE]
            if not sending:
                await self._wake.wait()
                continue
            async with self._redis.pipeline(transaction=True) as pipeline:
                for each in sending:
                    pipeline.xadd(_STREAM, {_ENTRY: orjson.dumps(each)})
                pipeline.xtrim(_STREAM, maxlen=self._entries, approximate=False)
                oldest = int((time.time() - self._keep_seconds) * 1000)
                pipeline.xtrim(_STREAM, minid=str(max(oldest, 0)), approximate=False)
                pipeline.expire(_STREAM, math.ceil(self._keep_seconds))
                await pipeline.execute()
            # Told twice is no harm, and not at all is: what was sent is forgotten only now.
            for each in sending:
                self._unsent.pop(each, None)
            self._away.discard(_TELLING)

    async def _read(self) -> None:
        await self._catch_up()
        while True:
            answer = await self._redis.xread(
                {_STREAM: f"{self._last[0]}-{self._last[1]}"}, count=_AT_ONCE, block=int(_WAIT_SECONDS * 1000)
            )
            for _, entries in cast("list[tuple[bytes, _Entries]]", answer):
                self._take(entries)

    async def _catch_up(self) -> None:
        """All that came since the last entry that is known."""
        first = cast("_Entries", await self._redis.xrange(_STREAM, count=1))
        if first and await self._redis.xlen(_STREAM) >= self._entries:
            oldest = _position(first[0][0])
            if oldest > self._last:
                self._list.revoke(Revocation(oldest[0] / 1000 + _CLOCKS_DIFFER))
        while entries := cast(
            "_Entries", await self._redis.xrange(_STREAM, min=self._after(), count=_AT_ONCE)
        ):
            self._take(entries)
        self._read_once.set()
        self._away.discard(_HEARING)

    async def _for_ever(self, work: Callable[[], Awaitable[None]], what: str) -> None:
        """Begin it again whenever Redis is away; `what` is told once each time."""
        while True:
            try:
                await work()
            except (RedisError, OSError, TimeoutError) as error:
                if what not in self._away:
                    self._away.add(what)
                    _log.warning(what, error=type(error).__name__)
            await asyncio.sleep(_BETWEEN_ATTEMPTS)

    def _after(self) -> str:
        return f"({self._last[0]}-{self._last[1]}"

    def _take(self, entries: _Entries) -> None:
        for position, fields in entries:
            self._last = _position(position)
            try:
                self._list.revoke(_read_entry(fields[_ENTRY]))
            except (AttributeError, KeyError, TypeError, ValueError):
                _log.error("an entry of the revocations in Redis cannot be read", id=position.decode())


def _position(text: bytes) -> tuple[int, int]:
    milliseconds, _, number = text.partition(b"-")
    return int(milliseconds), int(number)


def _read_entry(text: bytes) -> Revocation:
    """Raises AttributeError, TypeError, ValueError."""
    said = orjson.loads(text)
    until, *names = (said.get(name) for name in ("until", "session", "subject", "tenant"))
    if not isinstance(until, int | float) or not all(isinstance(each, str | None) for each in names):
        raise TypeError("the values are not of their kinds")
    return Revocation(float(until), *names)
