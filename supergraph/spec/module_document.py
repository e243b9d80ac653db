"""One version of one subgraph, as whoever keeps the modules gives it to the gateway."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # reading a word must not load a framework
    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class ModuleDocument:
    """What is composed, and where it is asked: a URL, or an app in this process.

    Versions of a module have one `name`, which is their subgraph's, and an address each.
    """

    name: str
    sdl: str
    address: "ASGIApp | str"
