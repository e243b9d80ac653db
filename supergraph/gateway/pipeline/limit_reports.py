"""What limits that only report would have refused: logged each time, and counted."""

from collections import Counter

import structlog

_log = structlog.stdlib.get_logger("dovetail.gateway")


class LimitReports:
    """`counts` by the limit's name, since the start."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def note(self, limit: str, **facts: object) -> None:
        self.counts[limit] += 1
        _log.warning("a limit that only reports was exceeded", limit=limit, **facts)
