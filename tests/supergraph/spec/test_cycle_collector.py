import gc

import pytest

from supergraph.spec import cycle_collector_at_rest


@cycle_collector_at_rest()
def fails_in_peace() -> None:
    raise RuntimeError(gc.isenabled())


def test_the_search_rests_and_goes_on_after_a_failure():
    with pytest.raises(RuntimeError, match="False"):
        fails_in_peace()
    assert gc.isenabled()


def test_whoever_had_stopped_it_finds_it_stopped():
    gc.disable()
    try:
        with cycle_collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
