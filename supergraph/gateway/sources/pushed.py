"""Documents that code in the same process hands over, whenever it has a new one."""

import asyncio

from supergraph.gateway.hooks import SupergraphDocument, SupergraphDocuments


class PushedSupergraph:
    """Begins with a document. Of several that are pushed while one is being built, the last one counts."""

    __slots__ = ("_changed", "_document")

    def __init__(self, first: SupergraphDocument) -> None:
        self._document = first
        self._changed = asyncio.Event()

    def __str__(self) -> str:
        return "documents pushed in this process"

    def push(self, document: SupergraphDocument) -> None:
        """To be called where the gateway's event loop runs. `Gateway.reloads.load` also says what came of it."""
        self._document = document
        self._changed.set()

    def read(self) -> SupergraphDocument:
        return self._document

    async def documents(self, look: asyncio.Event) -> SupergraphDocuments:  # noqa: ARG002 - what is new comes by itself
        while True:
            await self._changed.wait()
            self._changed.clear()
            yield self._document
