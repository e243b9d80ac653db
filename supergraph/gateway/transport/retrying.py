"""Asks again what was not answered for a passing reason, and may safely be asked twice."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

from supergraph.gateway.transport.client import (
    RequestClient,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)

_PASSING: Final = frozenset({502, 503, 504})
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class RetryRules:
    """How often one request is asked again, and what share of all requests may be so asked.

    `reserve` is how many may be asked again at once after a time without trouble.
    """

    retries: int = 2
    share: float = 0.1
    reserve: int = 10


class RetryingClient:
    """Retries queries, never mutations.

    It does so after a connection that was refused, or lost before a byte of an answer had come, and after the statuses
    502, 503 and 504. It pauses in between, longer each time and by chance, so that those who failed together do not come back together;
    a subgraph's `Retry-After` is the least it pauses. What cannot be asked again within `seconds` is not, nor what the
    budget does not allow: a subgraph in trouble must not get many times its load.
    """

    __slots__ = ("_budget", "_inner", "_random", "_rules", "_seconds")

    def __init__(self, inner: RequestClient, rules: RetryRules, seconds: float) -> None:
        self._inner = inner
        self._rules = rules
        self._seconds = seconds
        self._budget = float(rules.reserve)
        self._random = random.Random()  # noqa: S311 - a pause is no secret

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        if not request.idempotent:
            return await self._inner.send(request)
        began = time.monotonic()
        if self._budget < self._rules.reserve:
            self._budget += self._rules.share
        answer = await self._inner.send(request)
        if not _is_passing(answer):
            return answer
        return await self._retry(request, answer, began + self._seconds)

    async def close(self) -> None:
        await self._inner.close()

    async def _retry(
        self, request: SubgraphRequest, answer: SubgraphResponse | SubgraphFailure, due: float
    ) -> SubgraphResponse | SubgraphFailure:
        longest = _FIRST_PAUSE
        for _ in range(self._rules.retries):
            pause = self._random.uniform(0, longest) + (answer.retry_after or 0)
            if self._budget < 1 or time.monotonic() + pause >= due:
                break
            self._budget -= 1
            await asyncio.sleep(pause)
            answer = await self._inner.send(request)
            if not _is_passing(answer):
                break
            longest = min(longest * 2, _LONGEST_PAUSE)
        return answer


def _is_passing(answer: SubgraphResponse | SubgraphFailure) -> bool:
    if isinstance(answer, SubgraphFailure):
        return answer.untouched
    return answer.status in _PASSING
