"""What the directives of a selection say: when it is asked for, whether it may come later, what its subgraph is to see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graphql import BooleanValueNode, DirectiveNode, StringValueNode, VariableNode

from supergraph.planner.operation.arguments import print_directive
from supergraph.planner.operation.model import ArgumentValue, Condition

Conditions = tuple[Condition, ...]

_OWN_DIRECTIVES: Final = frozenset({"skip", "include", "defer", "stream"})


@dataclass(frozen=True, slots=True)
class Deferred:
    """`@defer` as written."""

    label: str | None
    variable: str | None


def read_defer(directives: Iterable[DirectiveNode] | None) -> Deferred | None:
    """`@defer`, unless it is switched off. Spec: Incremental Delivery, `@defer`."""
    for directive in directives or ():
        if directive.name.value != "defer":
            continue
        given = {each.name.value: each.value for each in directive.arguments or ()}
        held, label = given.get("if"), given.get("label")
        if isinstance(held, BooleanValueNode) and not held.value:
            return None
        return Deferred(
            label.value if isinstance(label, StringValueNode) else None,
            held.name.value if isinstance(held, VariableNode) else None,
        )
    return None


def read_conditions(
    directives: Iterable[DirectiveNode], conditions: Conditions, known: Conditions
) -> Conditions | None:
    """What must hold for a selection with these directives under `conditions`; None where it can never be.

    What is `known` to hold wherever the selection is reached is not said again.
    """
    found = list(conditions)
    for directive in directives:
        name = directive.name.value
        if name not in {"skip", "include"} or not directive.arguments:
            continue
        value = directive.arguments[0].value
        wanted = name == "include"
        if isinstance(value, BooleanValueNode):
            if value.value is not wanted:
                return None
        elif isinstance(value, VariableNode):
            opposite = Condition(value.name.value, not wanted)
            if opposite in found or opposite in known:
                return None
            condition = Condition(value.name.value, wanted)
            if condition not in found and condition not in known:
                found.append(condition)
    return in_order(found)


def in_order(conditions: list[Condition]) -> Conditions:
    """Equal sets of conditions, written in another order, are one."""
    if len(conditions) > 1:
        conditions.sort(key=lambda each: (each.variable, each.when))
    return tuple(conditions)


def read_passed_on(directives: Iterable[DirectiveNode]) -> tuple[ArgumentValue, ...]:
    """The directives that a subgraph should see."""
    return tuple([print_directive(each) for each in directives if each.name.value not in _OWN_DIRECTIVES])
