"""Interfaces: every field of every subgraph; interface objects add theirs to the interface and its implementations."""

from collections.abc import Mapping, Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.composites import join_types, merge_implements, type_elements
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.fields import FieldMerge, merge_fields
from supergraph.composer.merge.merging import FieldSource, Merging, TypeSource, fields_by_name, name_subgraphs
from supergraph.composer.merge.sharing import Provided
from supergraph.composer.subgraph import TypeKind
from supergraph.spec import Code, FieldName, InterfaceType, TypeName


def merge_interface(
    merging: Merging, name: TypeName, sources: Sequence[TypeSource], provided: Provided
) -> InterfaceType:
    fields = fields_by_name(sources)
    _hint_at_differences(merging, name, sources, fields)
    _check_interface_objects(merging, name, sources)
    _check_keys(merging, name, sources)
    elements = type_elements(sources)
    directives, for_subgraphs = merge_directives(merging, name, elements)
    interfaces, implements = merge_implements(merging, sources)
    merge = FieldMerge(merging, name, is_object=False, provided=provided, through_interfaces={})
    return InterfaceType(
        name=name,
        description=merge_descriptions(merging, name, elements),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=join_types(merging, sources),
        interfaces=interfaces,
        implements=implements,
        fields=merge_fields(merge, fields),
    )


def _check_interface_objects(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> None:
    """An interface object stands for an interface of another subgraph, and beside none of its implementations."""
    objects = [source for source in sources if source.type.is_interface_object]
    if len(objects) == len(sources):
        where = name_subgraphs(source.subgraph for source in objects)
        why = f"it is an @interfaceObject in {where}, but nowhere an interface"
        merging.report(Code.INTERFACE_OBJECT_USAGE_ERROR, name, type_elements(objects), why)
    for source in objects:
        for implementation in merging.implementations.get(name, ()):
            if implementation in source.subgraph.types:
                why = (
                    f'subgraph "{source.subgraph.name}" has it as an @interfaceObject and so cannot also have '
                    f"{implementation}, which implements it"
                )
                merging.report(Code.INTERFACE_OBJECT_USAGE_ERROR, name, type_elements([source]), why)


def _check_keys(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> None:
    """A subgraph that resolves an interface by key can be given any type that implements it."""
    implementations = merging.implementations.get(name, ())
    for source in sources:
        if source.type.is_interface_object or not any(key.resolvable for key in source.type.keys):
            continue
        # An interface object stands for all types that implement its interface.
        standing_in = {
            each.name
            for each in source.subgraph.types.values()
            if each.is_interface_object and name in each.interfaces
        }
        missing = [
            each
            for each in implementations
            if each not in source.subgraph.types
            and not standing_in.intersection(merging.supertypes.get(each, ()))
        ]
        if missing:
            why = (
                f'subgraph "{source.subgraph.name}" has a @key on the interface but lacks '
                f"{', '.join(missing)}, which implement it elsewhere"
            )
            merging.report(Code.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE, name, type_elements([source]), why)


def _hint_at_differences(
    merging: Merging,
    name: TypeName,
    sources: Sequence[TypeSource],
    fields: Mapping[FieldName, Sequence[FieldSource]],
) -> None:
    interfaces = [source for source in sources if source.type.kind is TypeKind.INTERFACE]
    if len(interfaces) < 2 or any(source.type.keys for source in interfaces):
        return
    for field_name, having in fields.items():
        if any(source.owner.is_interface_object for source in having):
            continue  # it resolves the field for every type that implements the interface
        where = {source.subgraph.name for source in having}
        lacking = [source.subgraph for source in interfaces if source.subgraph.name not in where]
        if lacking:
            why = (
                f"the field of the interface exists in {name_subgraphs(source.subgraph for source in having)} "
                f"but not in {name_subgraphs(lacking)}"
            )
            merging.report(
                Code.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD,
                f"{name}.{field_name}",
                [(source.subgraph, source.field) for source in having],
                why,
            )
