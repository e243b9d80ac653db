"""What one request carries: who asks, the database narrowed to their tenant, the loaders."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import strawberry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from foundation_subgraph.kit.asking import Graph
from foundation_subgraph.kit.database import Database
from foundation_subgraph.kit.errors import Refusal, read_id
from foundation_subgraph.kit.events import Event, Topic
from supergraph.spec import DeclaredOperations, Principal

_CHARACTER_NOT_IN_REPERTOIRE: Final = "22021"

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_Service = TypeVar("_Service")


class RequestContext:
    """One per request, made by the subgraph's app; resolvers get it as `info.context`.

    `graph` asks the gateway on behalf of the principal: `await info.context.graph(Client).my_operation()`.
    """

    __slots__ = ("_database", "_hearings", "_loaders", "_services", "_turn", "graph", "principal")

    def __init__(
        self,
        principal: Principal,
        database: Database,
        graph: Graph | None = None,
        services: Sequence[object] = (),
    ) -> None:
        self.principal = principal
        self._services = services
        self.graph = graph or Graph("this subgraph", DeclaredOperations(), principal, None)
        self._database = database
        self._turn = asyncio.Lock()
        self._hearings: list[AsyncGenerator[Event, None]] = []
        self._loaders: dict[object, DataLoader[Any, Any]] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction of its own, narrowed to the principal's tenant.

        Leaving the block commits, an exception rolls back. Resolvers run side by side, a database
        connection does not: blocks of one request wait for each other, so a request holds at most one
        connection. A block within a block would wait for itself and raises RuntimeError. Text with a NUL in it, which
        GraphQL has and PostgreSQL has not, is refused.
        """
        if _inside.get() is self:
            raise RuntimeError("a transaction of this request is already open here: hand its session on")
        async with self._turn:
            # A context variable and not the task: a loader's task, awaited inside the block, inherits it.
            token = _inside.set(self)
            try:
                async with self._database.transaction(self.principal) as session:
                    yield session
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == _CHARACTER_NOT_IN_REPERTOIRE:
                    raise Refusal("BAD_USER_INPUT", "A text has a character that cannot be kept") from error
                raise
            finally:
                _inside.reset(token)

    def loader(
        self, load: Callable[["RequestContext", Sequence[_Key]], Awaitable[Sequence[_Value]]]
    ) -> DataLoader[_Key, _Value]:
        """The request's own loader for a batch function: N look-ups in one turn become one call of `load`.

        `load` gets different keys, and gives as many values in their order. Look-ups are gathered, not remembered:
        what a mutation of the same request has changed is seen by the next, and nothing outlives the request.
        """
        if load not in self._loaders:

            async def load_batch(keys: list[_Key]) -> list[_Value]:
                different = list(dict.fromkeys(keys))
                found = dict(zip(different, await load(self, different), strict=True))
                return [found[key] for key in keys]

            self._loaders[load] = DataLoader(load_batch, cache=False)
        return cast("DataLoader[_Key, _Value]", self._loaders[load])

    def service(self, kind: type[_Service]) -> _Service | None:
        """What the house lends its subgraphs of this kind, such as its outgoing mail; None where it has none."""
        return next((one for one in self._services if isinstance(one, kind)), None)

    def hear(self, topic: Topic) -> AsyncGenerator[Event, None]:
        """The events of a topic from now on, told by whatever process, of the principal's tenant alone.

        Raises EventsLostError, which ends the subscription that lets it pass.
        """
        hearing = self._database.events.hear(topic, self.principal.tenant)
        self._hearings.append(hearing)
        return hearing

    async def close(self) -> None:
        """End what `hear` began: a generator that is closed does not close those it loops over."""
        for hearing in self._hearings:
            await hearing.aclose()

    @property
    def subject(self) -> UUID:
        """The id of who asks. Behind a rule there always is one; without, the field refuses."""
        if self.principal.subject is None:
            raise Refusal("UNAUTHENTICATED", "Sign in first")
        return read_id(self.principal.subject)


_inside: ContextVar[RequestContext | None] = ContextVar("_inside", default=None)

Info = strawberry.Info[RequestContext, None]
"""The `info` of every resolver."""
