"""How the arguments of one directive are merged where subgraphs give different ones and none may be lost."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from supergraph.composer.merge.authorization import merge_requirements
from supergraph.composer.subgraph import DirectiveUse
from supergraph.spec import FALSE, TRUE, ListValue, Literal, NumberValue, Value, print_value

Strategy = Callable[[Sequence[Value]], Value | None]


def _largest(values: Sequence[Value]) -> Value | None:
    numbers = [value for value in values if isinstance(value, NumberValue)]
    return max(numbers, key=lambda number: float(number.text), default=None)


def _union(values: Sequence[Value]) -> Value | None:
    lists = [value for value in values if isinstance(value, ListValue)]
    return (
        ListValue(tuple(dict.fromkeys(each for value in lists for each in value.values))) if lists else None
    )


def _all_true(values: Sequence[Value]) -> Value | None:
    """One that is left out is true by its definition."""
    return FALSE if FALSE in values else TRUE


STRATEGIES: Final[Mapping[str, Mapping[str, Strategy]]] = MappingProxyType(
    {
        "authenticated": {},
        "cost": {"weight": _largest},
        "listSize": {
            "assumedSize": _largest,
            "slicingArguments": _union,
            "sizedFields": _union,
            "requireOneSlicingArgument": _all_true,
        },
        "requiresScopes": {"scopes": merge_requirements},
        "policy": {"policies": merge_requirements},
    }
)


def merge_by_strategy(canonical: str, uses: Sequence[DirectiveUse]) -> tuple[tuple[str, Literal], ...]:
    """Each argument merged over the subgraphs that give it, in the order of the directive's definition."""
    merged = []
    for name, strategy in STRATEGIES[canonical].items():
        given = [value for use in uses if (value := use.argument(name)) is not None]
        value = strategy(given)
        if value is not None:
            merged.append((name, print_value(value)))
    return tuple(merged)
