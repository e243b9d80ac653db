"""Every type that is named exists, and stands where its kind may."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph, SubgraphType, TypeKind
from supergraph.spec import BUILT_IN_SCALARS, Code, TypeReference

_INPUT_KINDS: Final = frozenset({TypeKind.SCALAR, TypeKind.ENUM, TypeKind.INPUT_OBJECT})


def references_are_to_known_types(subgraph: Subgraph, _linking: Linking) -> Iterator[Diagnostic]:
    def problem(coordinate: str, why: str, at: int) -> Diagnostic:
        return report(Code.INVALID_GRAPHQL, coordinate, [(subgraph, at)], why=why)

    def check(reference: TypeReference, at: int, coordinate: str, *, as_input: bool) -> Iterator[Diagnostic]:
        name = reference.named
        found = subgraph.types.get(name)
        if found is None:
            if name not in BUILT_IN_SCALARS:
                yield problem(coordinate, f"there is no type {name}", at)
        elif as_input and found.kind not in _INPUT_KINDS:
            yield problem(coordinate, f"{name} is an output type, and an input type is wanted", at)
        elif not as_input and found.kind is TypeKind.INPUT_OBJECT:
            yield problem(coordinate, f"{name} is an input type, and an output type is wanted", at)

    for definition in subgraph.types.values():
        as_input = definition.kind is TypeKind.INPUT_OBJECT
        for field in definition.fields.values():
            # Nearly every field passes here: the longer way is for those that do not, and for arguments.
            found = subgraph.types.get(field.type.named)
            if found is None or as_input or found.kind is TypeKind.INPUT_OBJECT:
                yield from check(field.type, field.at, f"{definition.name}.{field.name}", as_input=as_input)
            for argument in field.arguments:
                coordinate = f"{definition.name}.{field.name}({argument.name}:)"
                yield from check(argument.type, argument.at, coordinate, as_input=True)
        yield from _members(subgraph, definition)
    for directive in subgraph.directives.values():
        for argument in directive.arguments:
            coordinate = f"@{directive.name}({argument.name}:)"
            yield from check(argument.type, argument.at, coordinate, as_input=True)


def _members(subgraph: Subgraph, definition: SubgraphType) -> Iterator[Diagnostic]:
    for member in definition.members:
        found = subgraph.types.get(member)
        if found is None or found.kind is not TypeKind.OBJECT:
            why = (
                f"there is no type {member}"
                if found is None
                else f"its member {member} is not an object type"
            )
            yield report(Code.INVALID_GRAPHQL, definition.name, [(subgraph, definition.at)], why=why)
    for name in definition.interfaces:
        found = subgraph.types.get(name)
        if found is None or found.kind is not TypeKind.INTERFACE:
            why = (
                f"there is no type {name}"
                if found is None
                else f"it implements {name}, which is not an interface"
            )
            yield report(Code.INVALID_GRAPHQL, definition.name, [(subgraph, definition.at)], why=why)
