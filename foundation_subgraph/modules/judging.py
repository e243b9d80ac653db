"""Whether a version that is being rolled out keeps to its budget of errors and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from typing import Final, Self

from foundation_subgraph.kit import Refusal

_CHANCE: Final = 0.001
"""A version that just keeps to its budget is halted by chance in one of a thousand judgements at most."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a version for a while: requests, those that failed, those slower than the budget's `seconds`."""

    requests: int = 0
    errors: int = 0
    slow: int = 0

    def __post_init__(self) -> None:
        if self.requests < 0 or not (0 <= self.errors <= self.requests and 0 <= self.slow <= self.requests):
            raise ValueError(f"no count of requests: {self}")


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a version may fail, and how often it may take longer than `seconds`; shares from 0 to 1.

    Nothing is judged by fewer than `least_requests`. Where all may fail and be slow, nothing is ever halted.
    """

    errors: float = 0.02
    slow: float = 0.05
    seconds: float = 1.0
    least_requests: int = 5

    def __post_init__(self) -> None:
        if not (0 <= self.errors <= 1 and 0 <= self.slow <= 1):
            raise Refusal("BAD_USER_INPUT", "How many may fail or be slow is a share, from 0 % to 100 %")
        if not 0 < self.seconds <= _LONGEST:
            raise Refusal(
                "BAD_USER_INPUT", f"Slow is what takes longer than some seconds, {_LONGEST:g} at most"
            )


_LONGEST: Final = 3600.0


@dataclass(frozen=True, slots=True)
class BudgetWish:
    """What somebody says of a budget; None where they say nothing."""

    errors: float | None = None
    slow: float | None = None
    seconds: float | None = None

    @classmethod
    def in_percent(cls, errors: float | None, slow: float | None, seconds: float | None) -> Self:
        """As people say it: shares from 0 to 100."""
        return cls(None if errors is None else errors / 100, None if slow is None else slow / 100, seconds)

    def over(self, budget: Budget) -> Budget:
        """The budget with what was said. Raises Refusal where that is none."""
        return Budget(
            budget.errors if self.errors is None else self.errors,
            budget.slow if self.slow is None else self.slow,
            budget.seconds if self.seconds is None else self.seconds,
            budget.least_requests,
        )


USUAL_BUDGET: Final = Budget()
ANY_BUDGET: Final = BudgetWish()


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` says why to halt, for people; it is None where nothing speaks against going on."""

    reason: str | None

    @property
    def halts(self) -> bool:
        return self.reason is not None


def in_percent(share: float) -> float:
    """A share as people say it."""
    return round(share * 100, 6)


def judge(observations: Iterable[Observation], budget: Budget) -> Judgement:
    """Halt where it is as good as sure that a share is beyond the budget, by all that was observed together.

    One failure among a few requests proves little, and each request failing proves much: it is asked how likely so
    many are, or more, of a version that just keeps to its budget.
    """
    seen = list(observations)
    requests = sum(each.requests for each in seen)
    if requests < budget.least_requests:
        return Judgement(None)
    errors, slow = sum(each.errors for each in seen), sum(each.slow for each in seen)
    if _at_least(errors, requests, budget.errors) < _CHANCE:
        return Judgement(f"{errors} of {requests} requests failed; {budget.errors:.1%} may")
    if _at_least(slow, requests, budget.slow) < _CHANCE:
        return Judgement(
            f"{slow} of {requests} requests took longer than {budget.seconds:g} s; {budget.slow:.1%} may"
        )
    return Judgement(None)


def _at_least(hits: int, trials: int, share: float) -> float:
    """How likely so many hits are, or more, where each trial hits with that share: the binomial distribution's tail."""
    if hits <= trials * share:
        return 1.0  # no more than is to be expected
    if share == 0:
        return 0.0
    term = exp(
        lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
        + hits * log(share) + (trials - hits) * log1p(-share)
    )  # fmt: skip
    total = term
    while (
        hits < trials and term > total * 1e-9
    ):  # beyond what is expected each term is less than the one before
        term *= (trials - hits) / (hits + 1) * share / (1 - share)
        total += term
        hits += 1
    return total
