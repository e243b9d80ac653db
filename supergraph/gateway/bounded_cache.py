"""A cache with an end: what was used longest ago leaves first."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """At most `entries` values, whose weights, as their owner counts them, add up to at most `weight`."""

    __slots__ = ("_entries", "_kept", "_total", "_weight")

    def __init__(self, *, entries: int, weight: int) -> None:
        self._entries = entries
        self._weight = weight
        self._total = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, *, weight: int = 1) -> None:
        """A value heavier than the whole cache is not kept."""
        former = self._kept.pop(key, None)
        if former is not None:
            self._total -= former[1]
        if weight > self._weight:
            return
        self._kept[key] = (value, weight)
        self._total += weight
        while len(self._kept) > self._entries or self._total > self._weight:
            _, (_, lightened) = self._kept.popitem(last=False)
            self._total -= lightened
