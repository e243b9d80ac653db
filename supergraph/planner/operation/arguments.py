"""Arguments and directives as canonical text, with the variables they use."""

import json
from collections.abc import Iterable

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    ConstDirectiveNode,
    DirectiveNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from supergraph.planner.operation.model import ArgumentValue


def read_arguments(nodes: Iterable[ArgumentNode]) -> tuple[ArgumentValue, ...]:
    """Sorted by name: fields that may merge have equal arguments in any order."""
    found = [_argument(node.name.value, node.value) for node in nodes]
    if len(found) > 1:
        found.sort(key=_name)
    return tuple(found)


def _name(argument: ArgumentValue) -> str:
    return argument.name


def _argument(name: str, node: ValueNode) -> ArgumentValue:
    variables: list[str] = []
    text = print_value(node, variables)
    return ArgumentValue(name, text, tuple(dict.fromkeys(variables)))


def print_value(node: ValueNode, variables: list[str]) -> str:
    """The value on one line; the variables met on the way are added to `variables`."""
    match node:
        case VariableNode(name=name):
            variables.append(name.value)
            return f"${name.value}"
        case StringValueNode(value=value):
            return json.dumps(value)
        case IntValueNode(value=value) | FloatValueNode(value=value) | EnumValueNode(value=value):
            return value
        case BooleanValueNode(value=value):
            return "true" if value else "false"
        case NullValueNode():
            return "null"
        case ListValueNode(values=values):
            return "[" + ", ".join([print_value(each, variables) for each in values or ()]) + "]"
        case ObjectValueNode(fields=fields):
            inner = [f"{each.name.value}: {print_value(each.value, variables)}" for each in fields or ()]
            return "{" + ", ".join(inner) + "}"
        case _:
            raise AssertionError(f"no such value: {node.kind}")


def print_directive(node: DirectiveNode | ConstDirectiveNode) -> ArgumentValue:
    """A directive that goes to the subgraph with its field: `@name(argument: $x)`."""
    variables: list[str] = []
    inner = ", ".join(
        [f"{each.name.value}: {print_value(each.value, variables)}" for each in node.arguments or ()]
    )
    text = f"@{node.name.value}({inner})" if inner else f"@{node.name.value}"
    return ArgumentValue(node.name.value, text, tuple(dict.fromkeys(variables)))
