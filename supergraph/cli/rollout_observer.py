"""Tells the house how versions do that are being rolled out: whether a fetch failed by the module's fault, and how long it took."""

from typing import Final

import orjson

from supergraph.gateway.hooks import FetchRecord, RequestRecord
from supergraph.spec import HouseRollouts

_NOT_ITS_FAULT: Final = frozenset({"LEFT", "OPERATION_TIMED_OUT"})
"""Failures that say nothing of the module: the client has left, or others have used up the operation's time."""

_FAULT: Final = "INTERNAL_SERVER_ERROR"
_MARK: Final = b'"errors"'


class RolloutObserver:
    """The gateway's hook `FetchObserver`."""

    def __init__(self, rollouts: HouseRollouts) -> None:
        self._rollouts = rollouts

    def fetched(self, record: RequestRecord, fetch: FetchRecord) -> None:
        tenant = record.principal.tenant
        if fetch.failure in _NOT_ITS_FAULT or not self._rollouts.is_watched(fetch.subgraph, tenant):
            return
        # A stream lasts as long as its client wants.
        seconds = 0.0 if fetch.is_stream else (fetch.ended - fetch.started) / 1e9
        self._rollouts.saw(fetch.subgraph, tenant, failed=has_failed(fetch), seconds=seconds)


def has_failed(fetch: FetchRecord) -> bool:
    """Whether a module could not do what it should. What it refuses by a code of its own, such as a wrong input, is no failure."""
    if fetch.failure is not None or (fetch.status is not None and fetch.status >= 500):
        return True
    if fetch.answer is None or _MARK not in fetch.answer:
        return False
    try:
        answer = orjson.loads(fetch.answer)
    except orjson.JSONDecodeError:
        return True
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return isinstance(errors, list) and any(_is_fault(each) for each in errors)


def _is_fault(error: object) -> bool:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return not isinstance(extensions, dict) or extensions.get("code", _FAULT) == _FAULT
