"""Equal queries in flight, whole: one of them is executed, and what it brought answers all. Off unless it is wanted."""

import asyncio
from typing import Final

from supergraph.gateway.executor import Executable, ExecutionRequest, write_json
from supergraph.gateway.hooks import HeaderLines
from supergraph.gateway.pipeline.execution import execute_planned
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.spec import Principal

_MOST_WAITING: Final = 1000
"""For one execution; those beyond that see to themselves."""

_Key = tuple[int, bytes, Principal, HeaderLines]
"""The executable's identity, the variables as JSON, who asks, and what headers go on to subgraphs."""


class SharedQueries:
    """Executes once what several ask at the same time. Whoever differs in anything of `_Key` asks for themselves.

    It stands behind identity, limits and authorization: each request has passed them all on its own. Nothing is kept once
    the answer is there. Where whoever executes leaves, one of those that wait begins anew.
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[_Key, list[asyncio.Future[Executed | None]]] = {}

    async def execute(
        self, executable: Executable, request: ExecutionRequest, headers: HeaderLines
    ) -> Executed:
        """`headers` are those of the client's that subgraphs may be told of. Only for queries that nothing is denied of.

        What it brings belongs to several: nobody may change it.
        """
        # While it is waited for, somebody holds the executable: no other can have its identity.
        key = (id(executable), write_json(request.variables), request.principal, headers)
        while (waiting := self._waiting.get(key)) is not None:
            if len(waiting) >= _MOST_WAITING:
                return await execute_planned(executable, request, None)
            waiter: asyncio.Future[Executed | None] = asyncio.get_running_loop().create_future()
            waiting.append(waiter)
            if (executed := await waiter) is not None:
                return executed
        own = self._waiting[key] = []
        executed = None
        try:
            executed = await execute_planned(executable, request, None)
        finally:
            del self._waiting[key]
            for each in own:
                if not each.done():
                    each.set_result(executed)
        return executed
