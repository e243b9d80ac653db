"""Python's search for reference cycles, kept from work that makes millions of values and no cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cycle_collector_at_rest() -> Iterator[None]:
    """Search for no cycles meanwhile: on a large document that takes longer than the work itself.

    For work of seconds that builds lasting trees. Memory is freed as ever; only cycles wait.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
