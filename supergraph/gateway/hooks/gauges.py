"""Numbers that somebody keeps, and metrics read when somebody looks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]
Readings = Callable[[], Iterable[tuple[float, Labels]]]
"""Numbers as they are now, each with its labels. May be called in any thread."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that somebody else keeps. `counts`: it only grows."""

    name: str
    description: str
    read: Readings
    unit: str = ""
    counts: bool = False
