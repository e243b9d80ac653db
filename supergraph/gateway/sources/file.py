"""A document in a file, which is looked at again and again."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supergraph.gateway.hooks import SupergraphDocument, SupergraphDocuments, SupergraphUnavailableError
from supergraph.gateway.sources.polling import pause

DEFAULT_DOCUMENT_BYTES: Final = 64 * 1024 * 1024

_SIGNATURE_BYTES: Final = 1024
_SETTLING_SECONDS: Final = 0.05

_Mark = tuple[int, int, int, int] | None
"""Device, inode, size and time of the last change: together they differ for whatever was written or put in its place."""


@dataclass(frozen=True, slots=True)
class SupergraphFile:
    """A file, looked at every `seconds`. A file beside it, named the same with `.sig`, holds its signature.

    A change is taken when the file has stood still for a moment, so that one that is being written is left in peace.
    To put a new file in the place of the old one by renaming it is better still.
    """

    path: Path
    seconds: float = 1.0
    document_bytes: int = DEFAULT_DOCUMENT_BYTES

    def __str__(self) -> str:
        return str(self.path)

    def read(self) -> SupergraphDocument:
        """Raises SupergraphUnavailableError."""
        content = self._read(self.path, self.document_bytes)
        if not content.strip():
            raise SupergraphUnavailableError(f"{self.path}: the file is empty")
        signature = None
        if self._signature_path.exists():
            signature = self._read(self._signature_path, _SIGNATURE_BYTES).decode("ascii", "replace").strip()
        return SupergraphDocument(content, signature)

    async def documents(self, look: asyncio.Event) -> SupergraphDocuments:
        seen: tuple[_Mark, _Mark] | None = None
        while True:
            marks = await asyncio.to_thread(self._marks)
            if marks != seen:
                await asyncio.sleep(_SETTLING_SECONDS)
                if await asyncio.to_thread(self._marks) != marks:
                    continue
                seen = marks
                try:
                    yield await asyncio.to_thread(self.read)
                except SupergraphUnavailableError as error:
                    yield error
            await pause(look, self.seconds)

    @property
    def _signature_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.sig")

    def _marks(self) -> tuple[_Mark, _Mark]:
        return _mark(self.path), _mark(self._signature_path)

    def _read(self, path: Path, most: int) -> bytes:
        try:
            with path.open("rb") as file:
                content = file.read(most + 1)
        except FileNotFoundError as error:
            raise SupergraphUnavailableError(f"{path}: there is no such file") from error
        except OSError as error:
            raise SupergraphUnavailableError(f"{path}: {error.strerror or error}") from error
        if len(content) > most:
            raise SupergraphUnavailableError(f"{path}: larger than the {most} bytes that are allowed")
        return content


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
