"""Requirements of @requiresScopes and @policy: an outer list of alternatives, each an inner list of what it takes.

Subgraphs that guard one element with different requirements are all obeyed: the merged requirement implies each.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

from supergraph.spec import ListValue, StringValue, Value

MOST_ALTERNATIVES: Final = 4_096
"""Beyond it a requirement is refused: nobody could review it, and its combinations grow without bounds."""


class TooManyAlternativesError(Exception):
    """Requirements whose combinations are too many. The message is safe to show."""


Requirement = frozenset[frozenset[str]]
"""Alternatives, each the set of scopes or policies it takes. Without alternatives nothing is required."""


def merge_requirements(values: Sequence[Value]) -> Value:
    """The conjunction of all, in disjunctive normal form, sorted; alternatives that others imply are dropped."""
    return print_requirement(conjunction(map(read_requirement, values)))


def conjunction(requirements: Iterable[Requirement]) -> Requirement:
    """Require everything at once: one alternative of each, joined, in every combination.

    Raises TooManyAlternativesError.
    """
    merged: Requirement = frozenset()
    for requirement in requirements:
        if not requirement:
            continue
        if max(len(merged), 1) * len(requirement) > MOST_ALTERNATIVES:
            raise TooManyAlternativesError(
                f"its authorization requirements combine to more than {MOST_ALTERNATIVES} alternatives"
            )
        joined = {a | b for a, b in product(merged, requirement)} if merged else set(requirement)
        merged = frozenset(each for each in joined if not any(other < each for other in joined))
    return merged


def implies(ours: Requirement, theirs: Requirement) -> bool:
    """Whether whoever fulfils `ours` fulfils `theirs` too: each of our alternatives contains one of theirs."""
    if not theirs:
        return True
    return bool(ours) and all(any(other <= each for other in theirs) for each in ours)


def read_requirement(value: Value) -> Requirement:
    alternatives = value.values if isinstance(value, ListValue) else ()
    return frozenset(
        frozenset(name.value for name in each.values if isinstance(name, StringValue))
        for each in alternatives
        if isinstance(each, ListValue)
    )


def print_requirement(requirement: Requirement) -> Value:
    return ListValue(
        tuple(
            ListValue(tuple(map(StringValue, names)))
            for names in sorted(sorted(alternative) for alternative in requirement)
        )
    )
