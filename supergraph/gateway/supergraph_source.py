"""Where the supergraph document comes from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class SupergraphUnavailableError(Exception):
    """The document cannot be had. The message says what, where and why, on one line."""


class SupergraphSource(Protocol):
    """Gives the document as it stands now. Raises SupergraphUnavailableError."""

    def read(self) -> str: ...


@dataclass(frozen=True, slots=True)
class GivenSupergraph:
    """A document at hand, from the composition in the same process for one."""

    sdl: str

    def read(self) -> str:
        return self.sdl


@dataclass(frozen=True, slots=True)
class SupergraphFile:
    """A document in a file."""

    path: Path

    def read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise SupergraphUnavailableError(f"{self.path}: there is no such file") from error
        except UnicodeDecodeError as error:
            raise SupergraphUnavailableError(f"{self.path}: not a text in UTF-8") from error
        except OSError as error:
            raise SupergraphUnavailableError(f"{self.path}: {error.strerror or error}") from error
