"""How long to wait before looking again."""

import asyncio
import random
from contextlib import suppress
from typing import Final

_SPREAD: Final = 0.5


async def pause(look: asyncio.Event, seconds: float) -> None:
    """Until it is time, or until somebody wants a look at once."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await look.wait()
    look.clear()


def back_off(seconds: float, failures: int, longest: float) -> float:
    """Twice as long after each failure in a row, up to `longest`; and by chance shorter or longer.

    Many gateways that lost one registry shall not all come back to it at the same moment.
    """
    wanted = min(longest, seconds * 2.0 ** min(failures, 30))
    return wanted * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - chance, not a secret
