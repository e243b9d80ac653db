"""`/health`: does the process live, and how are its subgraphs. `/ready`: should requests be sent here.

A subgraph in trouble makes neither of them red: the gateway answers for the others, and a restart would mend nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supergraph.gateway.settings import HealthDetails
from supergraph.gateway.transport.health_board import BreakerState, HealthBoard, LastFailure, SubgraphHealth

_RETRY_SECONDS: Final = "1"


class Readiness:
    """Whether requests should be sent here. It turns red once, when the gateway is told to stop."""

    __slots__ = ("is_draining",)

    def __init__(self) -> None:
        self.is_draining = False


class HealthReport:
    """The two routes. `supergraph` tells of the document that is served."""

    def __init__(
        self,
        board: HealthBoard,
        readiness: Readiness,
        details: HealthDetails,
        supergraph: Callable[[], Mapping[str, object]] | None = None,
    ) -> None:
        self._board = board
        self._readiness = readiness
        self._details = details
        self._supergraph = supergraph

    async def health(self, _: Request) -> Response:
        """Always 200: the process answers. `status` is `ok`, or `degraded` while a subgraph is not asked or is broken."""
        degraded = bool(self._board.broken) or any(
            each.state is not BreakerState.CLOSED for each in self._board
        )
        body: dict[str, object] = {"status": "degraded" if degraded else "ok"}
        if self._details is not HealthDetails.STATUS:
            subgraphs: dict[str, object] = {each.name: self._describe(each) for each in self._board}
            subgraphs |= {name: self._describe_broken(why) for name, why in self._board.broken.items()}
            body["subgraphs"] = subgraphs
            if self._supergraph is not None:
                body["supergraph"] = self._supergraph()
        return JSONResponse(body, headers=_NOT_KEPT)

    async def ready(self, _: Request) -> Response:
        """Green from the first supergraph on, without which no gateway starts; red once it is told to stop."""
        if self._readiness.is_draining:
            headers = {**_NOT_KEPT, "retry-after": _RETRY_SECONDS}
            return JSONResponse({"status": "stopping"}, status_code=503, headers=headers)
        return JSONResponse({"status": "ready"}, headers=_NOT_KEPT)

    def _describe(self, health: SubgraphHealth) -> dict[str, object]:
        described: dict[str, object] = {"state": health.state.value}
        if health.interruptions:
            described["interruptions"] = health.interruptions
        if health.last_failure is not None:
            described["lastFailure"] = self._describe_failure(health.last_failure)
        return described

    def _describe_failure(self, failure: LastFailure) -> dict[str, object]:
        at = datetime.fromtimestamp(failure.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        described: dict[str, object] = {"code": failure.reason.value, "at": at}
        if self._details is HealthDetails.REASONS:
            described["detail"] = failure.detail
        return described

    def _describe_broken(self, why: str) -> dict[str, object]:
        """A module that could not be loaded. Its error's kind says little of the inside; its words may say more."""
        kind = why.partition(":")[0].strip()
        reason = why if self._details is HealthDetails.REASONS else kind if kind.isidentifier() else ""
        return {"state": "broken", **({"reason": reason} if reason else {})}


_NOT_KEPT: Final = {"cache-control": "no-store"}
