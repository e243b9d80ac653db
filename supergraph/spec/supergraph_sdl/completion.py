"""What documents leave unsaid.

Join v0.2 has no @join__implements, @join__unionMember and @join__enumValue. And @theguild/federation-composition forgets that
what an interface object's fields require is external there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import starmap

from supergraph.spec.field_set import FieldSelection, FieldSetSyntaxError, read_field_set
from supergraph.spec.names import FieldName, GraphName, TypeName
from supergraph.spec.supergraph import (
    FieldSetText,
    Implements,
    InterfaceType,
    ObjectType,
    SupergraphType,
    TypeDefinition,
    TypeJoin,
    UnionMember,
    UnionType,
)


def complete_joins(types: Mapping[TypeName, SupergraphType]) -> dict[TypeName, SupergraphType]:
    return {name: _with_externals(_completed(definition, types)) for name, definition in types.items()}


def _with_externals(interface: SupergraphType) -> SupergraphType:
    """What `@requires` names is external where it stands, or it need not be required; only keys are there anyway."""
    if not isinstance(interface, InterfaceType):
        return interface
    required = {
        (join.graph, name)
        for join in interface.joins
        if join.is_interface_object
        for name in _required_there(interface, join)
    }
    if not required:
        return interface
    fields = {
        name: replace(
            field,
            joins=tuple(
                replace(join, external=True) if (join.graph, name) in required else join
                for join in field.joins
            ),
        )
        for name, field in interface.fields.items()
    }
    return replace(interface, fields=fields)


def _required_there(interface: InterfaceType, type_join: TypeJoin) -> set[FieldName]:
    keys = {name for key in type_join.keys for name in _named(key.fields)}
    requires = [join.requires for field in interface.fields.values() if (join := field.join(type_join.graph))]
    return {name for text in requires if text is not None for name in _named(text)} - keys


def _named(text: FieldSetText) -> set[FieldName]:
    """The fields of the type itself that a field set names."""
    found: set[FieldName] = set()
    try:
        open_ = list(read_field_set(text))
    except FieldSetSyntaxError:
        return found  # whoever asks for the field meets it
    while open_:
        each = open_.pop()
        if isinstance(each, FieldSelection):
            found.add(FieldName(each.name))
        else:
            open_ += each.selections
    return found


def _completed(definition: SupergraphType, types: Mapping[TypeName, SupergraphType]) -> SupergraphType:
    match definition:
        case ObjectType(interfaces=others, implements=()) | InterfaceType(interfaces=others, implements=()):
            shared = _shared_graphs(definition, others, types)
            return (
                replace(definition, implements=tuple(starmap(Implements, shared))) if shared else definition
            )
        case UnionType(members=others, member_joins=()):
            shared = _shared_graphs(definition, others, types)
            return (
                replace(definition, member_joins=tuple(starmap(UnionMember, shared)))
                if shared
                else definition
            )
        case _:
            return definition


def _shared_graphs(
    definition: TypeDefinition, others: Iterable[TypeName], types: Mapping[TypeName, SupergraphType]
) -> list[tuple[GraphName, TypeName]]:
    return [
        (graph, other)
        for other in others
        for graph in definition.graphs
        if other in types and types[other].join(graph)
    ]
