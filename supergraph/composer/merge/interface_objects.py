"""@interfaceObject: the fields it adds to an interface are fields of every type that implements the interface."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supergraph.composer.merge.merging import TypeSource
from supergraph.spec import Field, FieldName, InterfaceType, ObjectType, SupergraphType, TypeName


def add_interface_object_fields(
    types: Mapping[TypeName, SupergraphType], interface_objects: Mapping[TypeName, Sequence[TypeSource]]
) -> dict[TypeName, SupergraphType]:
    """Give each implementation the fields it lacks; no subgraph resolves them but through the interface."""
    added = {
        name: _added_fields(interface, sources)
        for name, sources in interface_objects.items()
        if isinstance(interface := types.get(name), InterfaceType)
    }
    return {name: _completed(definition, added) for name, definition in types.items()}


def _added_fields(interface: InterfaceType, sources: Sequence[TypeSource]) -> dict[FieldName, Field]:
    names = dict.fromkeys(name for source in sources for name in source.type.fields)
    return {name: replace(interface.fields[name], joins=()) for name in names if name in interface.fields}


def _completed(
    definition: SupergraphType, added: Mapping[TypeName, Mapping[FieldName, Field]]
) -> SupergraphType:
    if not isinstance(definition, ObjectType) or not any(name in added for name in definition.interfaces):
        return definition
    fields = dict(definition.fields)
    for interface in definition.interfaces:
        for name, field in added.get(interface, {}).items():
            fields.setdefault(name, field)
    return replace(definition, fields=fields)
