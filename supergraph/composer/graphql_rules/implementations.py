"""A type has all that its interfaces promise. Spec: Objects, IsValidImplementation."""

from collections.abc import Collection, Iterator, Mapping

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph, SubgraphField, SubgraphType, TypeKind
from supergraph.spec import Code, FieldName, ListOf, Named, NonNull, TypeName, TypeReference


def types_implement_their_interfaces(subgraph: Subgraph, _linking: Linking) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        implemented = frozenset(definition.interfaces)
        for name in definition.interfaces:
            interface = subgraph.types.get(name)
            if interface is None or interface.kind is not TypeKind.INTERFACE:
                continue
            for coordinate, why, at in _broken_promises(subgraph.types, definition, implemented, interface):
                yield report(Code.INVALID_GRAPHQL, coordinate, [(subgraph, at)], why=why)


def _broken_promises(
    types: Mapping[TypeName, SubgraphType],
    definition: SubgraphType,
    implemented: Collection[TypeName],
    interface: SubgraphType,
) -> Iterator[tuple[str, str, int]]:
    if definition.name == interface.name:
        yield definition.name, "an interface cannot implement itself", definition.at
        return
    for inherited in interface.interfaces:
        if inherited == definition.name:
            yield definition.name, f"it implements {interface.name}, which implements it", definition.at
        elif inherited not in implemented:
            why = f"it must implement {inherited} too, because {interface.name} does"
            yield definition.name, why, definition.at
    for promised in interface.fields.values():
        field = definition.fields.get(FieldName(promised.name))
        if field is None:
            why = f"it lacks the field {promised.name} of its interface {interface.name}"
            yield definition.name, why, definition.at
        else:
            coordinate = f"{definition.name}.{field.name}"
            for why in _field_problems(types, field, promised, interface.name):
                yield coordinate, why, field.at


def _field_problems(
    types: Mapping[TypeName, SubgraphType], field: SubgraphField, promised: SubgraphField, interface: str
) -> Iterator[str]:
    if field.type is not promised.type and not _is_subtype(types, field.type, promised.type):
        yield f"its type {field.type} does not fit {promised.type} of {interface}.{promised.name}"
    for wanted in promised.arguments:
        argument = field.argument(wanted.name)
        if argument is None:
            yield f"it lacks the argument {wanted.name} of {interface}.{promised.name}"
        elif argument.type != wanted.type:
            yield f"its argument {wanted.name} is of type {argument.type}, not {wanted.type} as in {interface}"
    for argument in field.arguments:
        required = isinstance(argument.type, NonNull) and argument.default is None
        if required and promised.argument(argument.name) is None:
            yield f"its argument {argument.name} is required, and {interface}.{promised.name} does not have it"


def _is_subtype(types: Mapping[TypeName, SubgraphType], one: TypeReference, other: TypeReference) -> bool:
    """Whether a field of type `one` may stand where `other` is promised."""
    match one, other:
        case NonNull(inner), NonNull(wanted):
            return _is_subtype(types, inner, wanted)
        case NonNull(inner), _:
            return _is_subtype(types, inner, other)
        case ListOf(inner), ListOf(wanted):
            return _is_subtype(types, inner, wanted)
        case Named(name), Named(wanted_name):
            if name == wanted_name:
                return True
            definition, abstract = types.get(name), types.get(wanted_name)
            return (definition is not None and wanted_name in definition.interfaces) or (
                abstract is not None and name in abstract.members
            )
        case _:
            return False
