import gc
import threading

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


def test_it_goes_on_when_the_last_of_several_threads_is_done():
    both_in, first_out = threading.Barrier(2), threading.Event()
    seen: list[bool] = []

    def first():
        with cycle_collector_at_rest():
            both_in.wait(5)
        first_out.set()

    def second():
        with cycle_collector_at_rest():
            both_in.wait(5)
            first_out.wait(5)
            seen.append(gc.isenabled())

    threads = [threading.Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert seen == [False]
    assert gc.isenabled()
