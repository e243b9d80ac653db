"""Where texts of automatic persisted queries are kept: in this process, and with Redis for several gateways."""

import asyncio
import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from redis.asyncio import Redis  # loaded only where it is configured

_PREFIX: Final = "dovetail:apq:"


class MemoryStore:
    """At most `entries` texts and `size` bytes; what was used longest ago leaves first."""

    __slots__ = ("_entries", "_size", "_texts", "_total")

    def __init__(self, *, entries: int, size: int) -> None:
        self._entries = entries
        self._size = size
        self._total = 0
        self._texts: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def load_text(self, sha256: str) -> str | None:
        """Counts as a use."""
        found = self._texts.get(sha256)
        if found is None:
            return None
        self._texts.move_to_end(sha256)
        return found[0]

    async def store_text(self, sha256: str, text: str) -> None:
        """A text larger than the whole room is not kept."""
        weight = len(text.encode("utf-8", "surrogatepass"))
        if sha256 in self._texts or weight > self._size:
            return
        self._texts[sha256] = (text, weight)
        self._total += weight
        while len(self._texts) > self._entries or self._total > self._size:
            _, (_, left) = self._texts.popitem(last=False)
            self._total -= left

    async def close(self) -> None:
        """Nothing is open."""


class RedisStore:
    """Shared by gateways; each keeps what it met in a store of its own before it asks. Redis away means: not known."""

    __slots__ = ("_near", "_redis", "_seconds", "_timeout")

    def __init__(self, redis: "Redis", near: MemoryStore, *, seconds: int, timeout: float) -> None:
        self._redis = redis
        self._near = near
        self._seconds = seconds
        self._timeout = timeout

    async def load_text(self, sha256: str) -> str | None:
        """Raises what the client of Redis raises, and TimeoutError."""
        known = await self._near.load_text(sha256)
        if known is not None:
            return known
        async with asyncio.timeout(self._timeout):
            found = await self._redis.get(_PREFIX + sha256)
        if not isinstance(found, bytes):
            return None
        if hashlib.sha256(found).hexdigest() != sha256:
            return None  # not to be kept: the client will send the right one
        text = found.decode("utf-8", "surrogatepass")
        await self._near.store_text(sha256, text)
        return text

    async def store_text(self, sha256: str, text: str) -> None:
        """Raises what the client of Redis raises, and TimeoutError."""
        await self._near.store_text(sha256, text)
        async with asyncio.timeout(self._timeout):
            await self._redis.set(_PREFIX + sha256, text.encode("utf-8", "surrogatepass"), ex=self._seconds)

    async def close(self) -> None:
        """Leaves Redis."""
        await self._redis.aclose()
