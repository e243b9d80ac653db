"""F7: a rollout halts when the version leaves its budget, and not for a mishap."""

import pytest

from foundation_subgraph.modules.judging import Budget, Observation, judge

BUDGET = Budget(errors=0.02, slow=0.05, seconds=0.5)


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [Observation(4, errors=4)],
        [Observation(20, errors=1)],
        [Observation(10_000, errors=200)],
        [Observation(1_000, slow=50)],
        [Observation(0), Observation(100)],
    ],
)
def test_a_version_within_its_budget_goes_on(seen: list[Observation]) -> None:
    assert not judge(seen, BUDGET).halts


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([Observation(5, errors=5)], "5 of 5 requests failed; 2.0% may"),
        ([Observation(1_000, errors=40)], "40 of 1000 requests failed; 2.0% may"),
        (
            [Observation(40, slow=20), Observation(60, slow=10)],
            "30 of 100 requests took longer than 0.5 s; 5.0% may",
        ),
        ([Observation(3, errors=3), Observation(3, errors=3)], "6 of 6 requests failed; 2.0% may"),
    ],
)
def test_a_version_beyond_its_budget_is_halted_and_told_why(seen: list[Observation], why: str) -> None:
    assert judge(seen, BUDGET).reason == why


def test_what_cannot_have_been_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="no count"):
        Observation(1, errors=2)
