"""What is known of each subgraph's health. Written by the clients where something fails, read by `/health`."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from supergraph.gateway.transport.client import FailureReason
from supergraph.spec import SubgraphName


class BreakerState(StrEnum):
    """`CLOSED` is the healthy one: as in a circuit, it lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class LastFailure:
    """`at` in seconds since the epoch. `detail` is for the log and for those who may read it."""

    reason: FailureReason
    detail: str
    at: float


class SubgraphHealth:
    """One subgraph's. `interruptions` counts how often it stalled and was interrupted."""

    __slots__ = ("interruptions", "last_failure", "name", "state")

    def __init__(self, name: SubgraphName) -> None:
        self.name = name
        self.state = BreakerState.CLOSED
        self.last_failure: LastFailure | None = None
        self.interruptions = 0

    def note(self, reason: FailureReason, detail: str) -> None:
        self.last_failure = LastFailure(reason, detail, time.time())


class HealthBoard:
    """Every subgraph that is spoken to, by name; and those that could not even be loaded, with the reason."""

    __slots__ = ("_subgraphs", "broken")

    def __init__(self, broken: Mapping[str, str] | None = None) -> None:
        self._subgraphs: dict[SubgraphName, tuple[SubgraphHealth, ...]] = {}
        self.broken: Mapping[str, str] = broken or {}

    def add(self, name: SubgraphName) -> SubgraphHealth:
        """A fresh line, which hides an older one of that name for as long as it is there."""
        health = SubgraphHealth(name)
        self._subgraphs[name] = (*self._subgraphs.get(name, ()), health)
        return health

    def remove(self, health: SubgraphHealth) -> None:
        left = tuple(each for each in self._subgraphs.get(health.name, ()) if each is not health)
        if left:
            self._subgraphs[health.name] = left
        else:
            self._subgraphs.pop(health.name, None)

    def states(self) -> dict[SubgraphName, BreakerState]:
        """Each subgraph's breaker at this moment."""
        return {health.name: health.state for health in self}

    def __iter__(self) -> Iterator[SubgraphHealth]:
        return iter([lines[-1] for _, lines in sorted(self._subgraphs.items())])
