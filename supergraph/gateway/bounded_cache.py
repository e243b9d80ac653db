"""A cache with an end: what was used longest ago leaves first."""

import heapq
from collections import OrderedDict
from operator import itemgetter
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class _Kept(Generic[Value]):
    """`times` counts how often it was got."""

    __slots__ = ("times", "value", "weight")

    def __init__(self, value: Value, weight: int) -> None:
        self.value = value
        self.weight = weight
        self.times = 0


class BoundedCache(Generic[Key, Value]):
    """At most `entries` values, whose weights, as their owner counts them, add up to at most `weight`."""

    __slots__ = ("_entries", "_kept", "_total", "_weight")

    def __init__(self, *, entries: int, weight: int) -> None:
        self._entries = entries
        self._weight = weight
        self._total = 0
        self._kept: OrderedDict[Key, _Kept[Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        found.times += 1
        return found.value

    def hottest(self, most: int) -> list[tuple[Key, int]]:
        """What was got most often, and how often; the most first."""
        used = ((key, kept.times) for key, kept in self._kept.items())
        return heapq.nlargest(most, used, key=itemgetter(1))

    def credit(self, key: Key, times: int) -> None:
        """Count it as got so many times more, if it is kept."""
        if (kept := self._kept.get(key)) is not None:
            kept.times += times

    def put(self, key: Key, value: Value, *, weight: int = 1) -> None:
        """A value heavier than the whole cache is not kept."""
        former = self._kept.pop(key, None)
        if former is not None:
            self._total -= former.weight
        if weight > self._weight:
            return
        self._kept[key] = _Kept(value, weight)
        self._total += weight
        while len(self._kept) > self._entries or self._total > self._weight:
            _, dropped = self._kept.popitem(last=False)
            self._total -= dropped.weight
