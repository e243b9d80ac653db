"""Usage reports: who asked for what of the schema, how often. docs/telemetry.md describes the form for readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

USAGE_FORMAT: Final = "dovetail-usage/1"


class UsageSinkError(Exception):
    """A report cannot be kept now. The message is one line for the log."""


@dataclass(frozen=True, slots=True)
class UsageClient:
    """Who asked, as far as the client says so, or as its API key does."""

    name: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class UsedOperation:
    """An operation that was asked for. `coordinates` are all that it uses of the schema, sorted."""

    name: str | None
    type: str
    coordinates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageCount:
    """How often one client asked for one operation (by its hash), and how many of the answers held errors."""

    operation: str
    client: UsageClient
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What was counted from `started` to `ended`, seconds since 1970. `dropped`: requests beyond the bounds."""

    started: float
    ended: float
    operations: Mapping[str, UsedOperation]
    counts: tuple[UsageCount, ...]
    dropped: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "format": USAGE_FORMAT,
            "started": self.started,
            "ended": self.ended,
            "operations": {
                key: {"name": each.name, "type": each.type, "coordinates": list(each.coordinates)}
                for key, each in self.operations.items()
            },
            "counts": [
                {
                    "operation": each.operation,
                    "client": {"name": each.client.name, "version": each.client.version},
                    "requests": each.requests,
                    "errors": each.errors,
                }
                for each in self.counts
            ],
            "dropped": self.dropped,
        }
