"""A log line for each operation that was answered, or for a share of them."""

from collections.abc import Callable
from random import random
from typing import Final

import structlog

from supergraph.gateway.hooks import Outcome, RequestRecord

_log = structlog.stdlib.get_logger("dovetail.access")
_NANO: Final = 1e-9


class AccessLog:
    """Logs shares of what went well and of what did not, and whatever took longer than `slow_seconds`.

    Trace, request, tenant and operation are on the line as they are on every line of a request.
    """

    def __init__(
        self,
        *,
        successes: float,
        errors: float,
        slow_seconds: float | None,
        chance: Callable[[], float] = random,
    ) -> None:
        self._successes = successes
        self._errors = errors
        self._slow_seconds = slow_seconds
        self._chance = chance

    def answered(self, record: RequestRecord) -> None:
        seconds = (record.ended - record.started) * _NANO
        share = self._successes if record.outcome is Outcome.OK else self._errors
        if self._chance() >= share and not self._is_slow(seconds):
            return
        client = record.client
        known = {"client": client.name, "client_version": client.version, "codes": list(record.codes)}
        _log.info(
            "answered",
            outcome=str(record.outcome),
            status=None if record.is_socket else record.status,
            milliseconds=round(seconds * 1000, 3),
            errors=record.errors,
            **{name: value for name, value in known.items() if value},
        )

    def _is_slow(self, seconds: float) -> bool:
        return self._slow_seconds is not None and seconds > self._slow_seconds
