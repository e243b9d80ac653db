"""Reads and prints what @key, @requires, @provides and @fromContext select: a selection without operation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    parse,
    print_ast,
)
from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableNode,
)

from supergraph.spec.names import FieldName, TypeName
from supergraph.spec.supergraph import FieldSetText
from supergraph.spec.values import (
    FALSE,
    NULL,
    TRUE,
    ListValue,
    NameValue,
    NumberValue,
    ObjectValue,
    StringValue,
    Value,
    VariableValue,
    print_value,
)

LONGEST_FIELD_SET: Final = 20_000
"""Characters; beyond it a field set is refused rather than parsed."""
DEEPEST_SELECTION: Final = 50


class FieldSetSyntaxError(ValueError):
    """The text is not a selection."""


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """`directives` are printed, for messages only: no field set may have any."""

    name: FieldName
    alias: str | None = None
    arguments: tuple[tuple[str, Value], ...] = ()
    directives: tuple[str, ...] = ()
    selections: tuple["Selection", ...] | None = None


@dataclass(frozen=True, slots=True)
class FragmentSelection:
    """`... on Type { }`; without a type the condition is None. `spread` names a fragment that nobody can define."""

    condition: TypeName | None
    selections: tuple["Selection", ...]
    directives: tuple[str, ...] = ()
    spread: str | None = None


Selection = FieldSelection | FragmentSelection
FieldSet = tuple[Selection, ...]


@lru_cache(maxsize=16_384)
def read_field_set(text: str) -> FieldSet:
    """Read `id organization { id }`, with or without outer braces. Raises FieldSetSyntaxError."""
    if text.isascii() and text.isidentifier():
        return (FieldSelection(FieldName(text)),)
    if len(text) > LONGEST_FIELD_SET:
        raise FieldSetSyntaxError(f"longer than {LONGEST_FIELD_SET} characters")
    if text.count("{") > DEEPEST_SELECTION * 4 or _nesting(text) > DEEPEST_SELECTION:
        raise FieldSetSyntaxError(f"nested deeper than {DEEPEST_SELECTION} levels")
    source = text if text.lstrip(" ,\t\r\n").startswith("{") else f"{{{text}}}"
    try:
        document = parse(source, no_location=True)
    except GraphQLSyntaxError as error:
        raise FieldSetSyntaxError(error.message.removeprefix("Syntax Error: ").rstrip(".")) from None
    if len(document.definitions) != 1 or not isinstance(document.definitions[0], OperationDefinitionNode):
        raise FieldSetSyntaxError("more than one selection")
    return _selections(document.definitions[0].selection_set)


def print_field_set(selections: FieldSet) -> FieldSetText:
    """On one line, in the order given: `id organization { id }`."""
    return FieldSetText(" ".join(map(_print_selection, selections)))


def normalized_field_set(selections: FieldSet) -> FieldSetText:
    """The same for equal field sets whatever their order."""
    parts = []
    for selection in selections:
        inner = selection.selections
        printed = _print_head(selection)
        parts.append(printed if inner is None else f"{printed} {{ {normalized_field_set(inner)} }}")
    return FieldSetText(" ".join(sorted(parts)))


def fields_selected(selections: FieldSet) -> Iterator[FieldSelection]:
    """Every field at any depth, outer before inner."""
    for selection in selections:
        if isinstance(selection, FieldSelection):
            yield selection
        yield from fields_selected(selection.selections or ())


def _nesting(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "{[(":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}])":
            depth -= 1
    return deepest


def _selections(node: SelectionSetNode) -> FieldSet:
    if not node.selections:
        raise FieldSetSyntaxError("nothing is selected")
    found: list[Selection] = []
    for selection in node.selections:
        directives = tuple(print_ast(directive) for directive in selection.directives or ())
        match selection:
            case FieldNode():
                found.append(
                    FieldSelection(
                        FieldName(selection.name.value),
                        selection.alias.value if selection.alias else None,
                        tuple((each.name.value, _value(each.value)) for each in selection.arguments or ()),
                        directives,
                        _selections(selection.selection_set) if selection.selection_set else None,
                    )
                )
            case InlineFragmentNode():
                condition = selection.type_condition
                found.append(
                    FragmentSelection(
                        TypeName(condition.name.value) if condition else None,
                        _selections(selection.selection_set),
                        directives,
                    )
                )
            case FragmentSpreadNode():
                found.append(FragmentSelection(None, (), directives, selection.name.value))
            case _:
                raise FieldSetSyntaxError("a selection of an unknown kind")
    return tuple(found)


def _value(node: ValueNode) -> Value:
    match node:
        case IntValueNode(value=text) | FloatValueNode(value=text):
            return NumberValue(text)
        case StringValueNode(value=text):
            return StringValue(text)
        case BooleanValueNode(value=flag):
            return TRUE if flag else FALSE
        case NullValueNode():
            return NULL
        case EnumValueNode(value=text):
            return NameValue(text)
        case ListValueNode(values=values):
            return ListValue(tuple(map(_value, values)))
        case ObjectValueNode(fields=fields):
            return ObjectValue(tuple((each.name.value, _value(each.value)) for each in fields))
        case VariableNode():
            return VariableValue(node.name.value)
        case _:
            raise FieldSetSyntaxError("a value of an unknown kind")


def _print_head(selection: Selection) -> str:
    directives = "".join(f" {directive}" for directive in selection.directives)
    if isinstance(selection, FragmentSelection):
        if selection.spread:
            return f"... {selection.spread}{directives}"
        return f"... on {selection.condition}{directives}" if selection.condition else f"...{directives}"
    alias = f"{selection.alias}: " if selection.alias else ""
    arguments = ", ".join(f"{name}: {print_value(value)}" for name, value in selection.arguments)
    return f"{alias}{selection.name}{f'({arguments})' if arguments else ''}{directives}"


def _print_selection(selection: Selection) -> str:
    head = _print_head(selection)
    return head if selection.selections is None else f"{head} {{ {print_field_set(selection.selections)} }}"
