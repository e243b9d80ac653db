"""Token buckets in Redis, for several gateways that count together."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from supergraph.gateway.hooks.rate_limit import RateLimitStoreError, TokensWanted

_log = structlog.stdlib.get_logger("dovetail.gateway")

_PREFIX: Final = "dovetail:rate:"
_CONNECTIONS: Final = 64

# Of each bucket the time is kept at which it will be full, by the clock of Redis; then its key ends by itself. Redis runs
# one script at a time, so that what is read is what is written over. A few microseconds are how times are rounded.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local wait = 0
local full_at = {}
for i, key in ipairs(KEYS) do
  local until_full = math.max(tonumber(redis.call('GET', key) or '0') - now, 0) + tonumber(ARGV[2 * i - 1])
  full_at[i] = now + until_full
  wait = math.max(wait, until_full - tonumber(ARGV[2 * i]))
end
if wait >= 0.00001 then
  return string.format('%.6f', wait)
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.6f', full_at[i]), 'PX', math.ceil((full_at[i] - now) * 1000) + 1)
end
return '0'
"""


class RedisBuckets:
    """A Redis that does not answer within `seconds` is not asked again for `pause_seconds`: being away costs no time."""

    __slots__ = ("_away_until", "_clock", "_pause_seconds", "_redis", "_seconds", "_take")

    def __init__(
        self,
        url: str,
        *,
        seconds: float = 0.05,
        pause_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=seconds,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
        )
        self._redis = Redis.from_pool(pool)
        self._take = self._redis.register_script(_TAKE)
        self._seconds = seconds
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._away_until = float("-inf")

    async def take(self, wanted: Sequence[TokensWanted]) -> float:
        now = self._clock()
        was_away = self._away_until != float("-inf")
        if now < self._away_until:
            raise RateLimitStoreError("Redis was away a moment ago")
        if was_away:
            # One asks whether it is back; all others go on without it.
            self._away_until = now + self._pause_seconds
        keys = [_PREFIX + each.bucket for each in wanted]
        numbers = [
            number
            for each in wanted
            for number in (each.amount / each.per_second, each.burst / each.per_second)
        ]
        try:
            async with asyncio.timeout(self._seconds):
                wait = float(await self._take(keys=keys, args=numbers))
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._clock() + self._pause_seconds
            if not was_away:
                _log.warning("Redis does not answer: rates are counted without it", error=repr(error))
            raise RateLimitStoreError(repr(error)) from error
        if was_away:
            _log.info("Redis answers again: rates are counted in it")
            self._away_until = float("-inf")
        return wait

    async def close(self) -> None:
        await self._redis.aclose()
