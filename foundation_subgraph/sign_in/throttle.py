"""Guessing made slow: attempts are counted by account and address, and by address alone, in this process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

_KEPT: Final = 10_000


@dataclass(slots=True)
class Throttle:
    """At most `limit` failed attempts for one key in `window` seconds; the oldest keys are forgotten when there are many."""

    limit: int
    window: float = 300.0
    clock: Callable[[], float] = time.monotonic
    _counted: OrderedDict[Hashable, list[float]] = field(default_factory=OrderedDict)

    def wait(self, key: Hashable) -> int:
        """Seconds until the key may try again; 0 when it may now."""
        recent = self._recent(key)
        if len(recent) < self.limit:
            return 0
        return max(1, int(recent[-self.limit] + self.window - self.clock()) + 1)

    def count(self, key: Hashable) -> None:
        """Count an attempt. Before its outcome is known, or many at once would all be let through."""
        recent = [*self._recent(key), self.clock()]
        self._counted[key] = recent[-self.limit :]
        self._counted.move_to_end(key)
        while len(self._counted) > _KEPT:
            self._counted.popitem(last=False)

    def forgive(self, key: Hashable) -> None:
        """Take one attempt back: it was no guess."""
        if recent := self._recent(key):
            self._counted[key] = recent[:-1]

    def forget(self, key: Hashable) -> None:
        """Start anew for a key."""
        self._counted.pop(key, None)

    def _recent(self, key: Hashable) -> list[float]:
        since = self.clock() - self.window
        return [moment for moment in self._counted.get(key, ()) if moment > since]
