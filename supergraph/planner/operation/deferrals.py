"""The deferred fragments of an operation: where they stand, within which other, and what is left without them."""

from collections.abc import Iterator
from dataclasses import dataclass

from supergraph.planner.operation.model import (
    Condition,
    Deferral,
    FieldSelection,
    FragmentSelection,
    Selection,
)


@dataclass(frozen=True, slots=True)
class DeferredFragment:
    """`path` leads to the object by response keys, and `... on T` where fragments are entered. `within`: a deferral."""

    deferral: Deferral
    path: tuple[str, ...]
    selections: tuple[Selection, ...]
    within: int | None = None


def deferral_variables(selections: tuple[Selection, ...]) -> tuple[str, ...]:
    """The variables by which deferrals are switched, in the order of their first mention."""
    found = (each.deferral.variable for each in find_deferred(selections, None))
    return tuple(dict.fromkeys(name for name in found if name is not None))


def find_deferred(
    selections: tuple[Selection, ...], switched_on: frozenset[str] | None
) -> tuple[DeferredFragment, ...]:
    """All deferred fragments that are heeded while these variables are true (None: all are), the outer before the inner."""
    return tuple(sorted(_found(selections, (), None, switched_on), key=lambda each: each.deferral.number))


def _found(
    selections: tuple[Selection, ...],
    path: tuple[str, ...],
    within: int | None,
    switched_on: frozenset[str] | None,
) -> Iterator[DeferredFragment]:
    for each in selections:
        if isinstance(each, FieldSelection):
            yield from _found(each.selections, (*path, each.response_key), within, switched_on)
            continue
        deferral, inner = each.deferral, within
        below = path if each.type_condition is None else (*path, f"... on {each.type_condition}")
        if deferral is not None and _is_heeded(deferral, switched_on):
            yield DeferredFragment(deferral, below, each.selections, within)
            inner = deferral.number
        yield from _found(each.selections, below, inner, switched_on)


def _is_heeded(deferral: Deferral, switched_on: frozenset[str] | None) -> bool:
    return switched_on is None or deferral.variable is None or deferral.variable in switched_on


def print_without(selections: tuple[Selection, ...], deferred: frozenset[int]) -> str:
    """Selections as GraphQL text on one line, without what is deferred within them."""
    found: list[str] = []
    for each in selections:
        inner = print_without(each.selections, deferred) if each.selections else ""
        if isinstance(each, FragmentSelection):
            if (each.deferral is None or each.deferral.number not in deferred) and inner:
                condition = f" on {each.type_condition}" if each.type_condition else ""
                found.append(f"...{condition}{_conditions(each.conditions)} {inner}")
            continue
        text = each.name if each.response_key == each.name else f"{each.response_key}: {each.name}"
        if each.arguments:
            text += f"({', '.join(f'{value.name}: {value.value}' for value in each.arguments)})"
        text += _conditions(each.conditions)
        if each.selections:
            text += f" {inner or '{ __typename }'}"
        found.append(text)
    return f"{{ {' '.join(found)} }}" if found else ""


def _conditions(conditions: tuple[Condition, ...]) -> str:
    return "".join(f" @{'include' if each.when else 'skip'}(if: ${each.variable})" for each in conditions)
