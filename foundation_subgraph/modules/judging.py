"""Whether a version that is being rolled out keeps to its budget of errors and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final

_SURENESS: Final = 2.576
"""Standard deviations: a version within its budget is halted by chance in less than one of a hundred judgements."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a gateway saw of a version for a while: requests, those that failed, those slower than the budget's `seconds`."""

    requests: int
    errors: int = 0
    slow: int = 0

    def __post_init__(self) -> None:
        if self.requests < 0 or not (0 <= self.errors <= self.requests and 0 <= self.slow <= self.requests):
            raise ValueError(f"no count of requests: {self}")


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a version may fail, and how often it may take longer than `seconds`; shares from 0 to 1.

    Nothing is judged by fewer than `least_requests`.
    """

    errors: float = 0.02
    slow: float = 0.05
    seconds: float = 1.0
    least_requests: int = 5


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` says why to halt, for people; it is None where nothing speaks against going on."""

    reason: str | None

    @property
    def halts(self) -> bool:
        return self.reason is not None


def judge(observations: Iterable[Observation], budget: Budget) -> Judgement:
    """Halt where it is as good as sure that a share is beyond the budget, by all that was observed together.

    One failure among a few requests proves little, and each request failing proves much: the lower end of the
    interval in which the true share lies (Wilson's) is compared, so few requests suffice for what is plainly broken.
    """
    seen = list(observations)
    requests = sum(each.requests for each in seen)
    if requests < budget.least_requests:
        return Judgement(None)
    errors, slow = sum(each.errors for each in seen), sum(each.slow for each in seen)
    if _at_least(errors, requests) > budget.errors:
        return Judgement(f"{errors} of {requests} requests failed; {budget.errors:.1%} may")
    if _at_least(slow, requests) > budget.slow:
        return Judgement(
            f"{slow} of {requests} requests took longer than {budget.seconds:g} s; {budget.slow:.1%} may"
        )
    return Judgement(None)


def _at_least(hits: int, trials: int) -> float:
    """The lower end of Wilson's interval."""
    share, square = hits / trials, _SURENESS**2
    middle = share + square / (2 * trials)
    half = _SURENESS * sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return max(0.0, (middle - half) / (1 + square / trials))
