"""Token buckets in this process: each gateway counts by itself."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from supergraph.gateway.hooks.rate_limit import TokensWanted

_CLEARED_SHARE: Final = 10
_INSTANT: Final = 1e-6
"""Less than that is how times are rounded, and no time to wait for."""


class TokenBuckets:
    """Of each bucket only the time is kept at which it will be full, so one that is full needs no memory.

    At most `buckets` are kept. Where more are wanted, those that are full go first, then the oldest: who had been held
    back by one of these starts anew.
    """

    __slots__ = ("_clock", "_full_at", "_most")

    def __init__(self, *, buckets: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = buckets
        self._clock = clock
        self._full_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    async def take(self, wanted: Sequence[TokensWanted]) -> float:
        now = self._clock()
        wait = 0.0
        then: list[tuple[str, float]] = []
        for bucket, amount, per_second, burst in wanted:
            until_full = max(self._full_at.get(bucket, now) - now, 0.0) + amount / per_second
            wait = max(wait, until_full - burst / per_second)
            then.append((bucket, now + until_full))
        if wait < _INSTANT:
            self._full_at.update(then)
            if len(self._full_at) > self._most:
                self._forget(now)
            return 0.0
        return wait

    async def close(self) -> None:
        pass

    def _forget(self, now: float) -> None:
        """Room for a tenth at a time, so that it is seldom looked for."""
        kept = {bucket: full_at for bucket, full_at in self._full_at.items() if full_at > now}
        surplus = len(kept) - (self._most - self._most // _CLEARED_SHARE)
        self._full_at = dict(islice(kept.items(), max(0, surplus), None))
