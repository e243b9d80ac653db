"""A document at hand, which stays what it is."""

import asyncio
from dataclasses import dataclass

from supergraph.gateway.hooks import SupergraphDocument, SupergraphDocuments


@dataclass(frozen=True, slots=True)
class GivenSupergraph:
    """A document from the composition in the same process, for one."""

    sdl: str

    def __str__(self) -> str:
        return "a document given in this process"

    def read(self) -> SupergraphDocument:
        return SupergraphDocument(self.sdl.encode())

    async def documents(self, look: asyncio.Event) -> SupergraphDocuments:  # noqa: ARG002 - there is nothing to look at
        """None: what is given does not change."""
        none: tuple[SupergraphDocument, ...] = ()
        for each in none:
            yield each
