"""What a key, a `@requires` or a `@provides` selects, read once into a form that can be walked."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from supergraph.spec import FieldName, FieldSetText, TypeName


@dataclass(frozen=True, slots=True)
class SetField:
    """`arguments` pair a name with a constant, canonically printed."""

    name: FieldName
    arguments: tuple[tuple[str, str], ...] = ()
    selections: "tuple[SetSelection, ...]" = ()


@dataclass(frozen=True, slots=True)
class SetFragment:
    type_condition: TypeName | None
    selections: "tuple[SetSelection, ...]"


SetSelection = SetField | SetFragment


@dataclass(frozen=True, slots=True)
class FieldSet:
    text: FieldSetText
    selections: tuple[SetSelection, ...]

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65_536)
def read_field_set(text: FieldSetText) -> FieldSet:
    """Equal texts give the same object. The text comes from a supergraph, so it is known to be well formed."""
    definition = parse(f"{{{text}}}", no_location=True).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return FieldSet(text, _read(definition.selection_set))


@lru_cache(maxsize=4_096)
def read_context_selection(text: str) -> FieldSet:
    """What `@fromContext` selects, without the context's name: `{ currency }`, or fragments for several types."""
    trimmed = text.strip()
    if trimmed.startswith("{") and trimmed.endswith("}"):
        trimmed = trimmed[1:-1].strip()
    return read_field_set(FieldSetText(trimmed))


def _read(selection_set: SelectionSetNode | None) -> tuple[SetSelection, ...]:
    if selection_set is None:
        return ()
    found: list[SetSelection] = []
    for node in selection_set.selections:
        match node:
            case FieldNode():
                arguments = tuple((each.name.value, print_ast(each.value)) for each in node.arguments or ())
                found.append(SetField(FieldName(node.name.value), arguments, _read(node.selection_set)))
            case InlineFragmentNode():
                condition = node.type_condition
                name = TypeName(condition.name.value) if condition else None
                found.append(SetFragment(name, _read(node.selection_set)))
            case _:
                raise ValueError("a field set has no named fragments")
    return tuple(found)
