import pytest
from hypothesis import given
from hypothesis import strategies as st

from supergraph.composer.merge.authorization import (
    Requirement,
    TooManyAlternativesError,
    conjunction,
    implies,
)

requirements = st.frozensets(st.frozensets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=3)
held = st.frozensets(st.sampled_from("abcd"))


def fulfils(scopes: frozenset[str], requirement: Requirement) -> bool:
    return any(alternative <= scopes for alternative in requirement)


@given(st.lists(requirements, min_size=1, max_size=4), held)
def test_the_conjunction_admits_whom_every_part_admits(
    parts: list[Requirement], scopes: frozenset[str]
) -> None:
    assert fulfils(scopes, conjunction(parts)) is all(fulfils(scopes, part) for part in parts)


@given(st.lists(requirements, min_size=1, max_size=4))
def test_the_conjunction_depends_on_no_order_and_implies_each_part(parts: list[Requirement]) -> None:
    merged = conjunction(parts)
    assert merged == conjunction(reversed(parts))
    assert all(implies(merged, part) for part in parts)


@given(requirements, requirements, held)
def test_who_fulfils_what_implies_another_fulfils_that_too(
    one: Requirement, other: Requirement, scopes: frozenset[str]
) -> None:
    if implies(one, other) and fulfils(scopes, one):
        assert fulfils(scopes, other)


def test_requirements_that_combine_without_bounds_are_refused() -> None:
    ways = [frozenset({frozenset({f"a{number}"}), frozenset({f"b{number}"})}) for number in range(40)]
    with pytest.raises(TooManyAlternativesError):
        conjunction(ways)
