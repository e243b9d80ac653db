from foundation_subgraph.sign_in.throttle import Throttle


def test_after_the_limit_one_waits_until_the_oldest_attempt_is_out_of_the_window() -> None:
    now = 0.0
    throttle = Throttle(limit=3, window=60, clock=lambda: now)
    for _ in range(3):
        assert throttle.wait("a") == 0
        throttle.count("a")
    assert throttle.wait("a") == 61
    assert throttle.wait("b") == 0
    now = 61.0
    assert throttle.wait("a") == 0


def test_success_starts_anew_and_what_was_no_guess_is_forgiven() -> None:
    throttle = Throttle(limit=1)
    throttle.count("a")
    throttle.forget("a")
    assert throttle.wait("a") == 0
    throttle.count("a")
    throttle.forgive("a")
    assert throttle.wait("a") == 0


def test_it_does_not_grow_without_bound() -> None:
    throttle = Throttle(limit=1)
    for number in range(20_000):
        throttle.count(number)
    assert throttle.wait(19_999) > 0
    assert throttle.wait(0) == 0
