"""Python's search for reference cycles, kept from work that makes millions of values and no cycle."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_resting = 0
_was_enabled = True


@contextmanager
def cycle_collector_at_rest() -> Iterator[None]:
    """Search for no cycles meanwhile: on a large document that takes longer than the work itself.

    For work of seconds that builds lasting trees. Memory is freed as ever; only cycles wait. Threads may do such work
    at the same time: the search goes on when the last of them is done.
    """
    global _resting, _was_enabled  # noqa: PLW0603 - the collector is the whole process's, and so is its rest
    with _lock:
        if _resting == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if _resting == 0 and _was_enabled:
                gc.enable()
