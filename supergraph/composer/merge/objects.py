"""Objects: every field of every subgraph, each shared only where all that resolve it agree to share."""

from collections.abc import Mapping, Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.composites import join_types, merge_implements, type_elements
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.fields import FieldMerge, fields_through_interface_objects, merge_fields
from supergraph.composer.merge.merging import (
    FieldSource,
    Merging,
    TypeSource,
    elements,
    fields_by_name,
    name_subgraphs,
)
from supergraph.composer.merge.roots import QUERY, ROOT_TYPES
from supergraph.composer.merge.sharing import Provided
from supergraph.spec import Code, FieldName, ObjectType, TypeName


def merge_object(
    merging: Merging,
    name: TypeName,
    sources: Sequence[TypeSource],
    interface_objects: Mapping[TypeName, Sequence[TypeSource]],
    provided: Provided,
) -> ObjectType:
    fields = fields_by_name(sources)
    _hint_at_differences(merging, name, sources, fields)
    described = type_elements(sources)
    directives, for_subgraphs = merge_directives(merging, name, described)
    interfaces, implements = merge_implements(merging, sources)
    through = fields_through_interface_objects(sources, interface_objects) if interfaces else {}
    merge = FieldMerge(merging, name, is_object=True, provided=provided, through_interfaces=through)
    return ObjectType(
        name=name,
        description=merge_descriptions(merging, name, described),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=join_types(merging, sources),
        interfaces=interfaces,
        implements=implements,
        fields=merge_fields(merge, fields),
    )


def _hint_at_differences(
    merging: Merging,
    name: TypeName,
    sources: Sequence[TypeSource],
    fields: Mapping[FieldName, Sequence[FieldSource]],
) -> None:
    """An entity that is none somewhere, or a value type whose subgraphs differ in its fields."""
    keyed = [source for source in sources if source.type.keys]
    if keyed:
        # Every subgraph has the query root, whether its document shows it or not.
        everywhere = merging.subgraphs if name == QUERY else [source.subgraph for source in sources]
        entities = [source.subgraph for source in keyed]
        others = [subgraph for subgraph in everywhere if all(subgraph is not each for each in entities)]
        if others:
            why = f"it is an entity in {name_subgraphs(entities)} but not in {name_subgraphs(others)}"
            merging.report(Code.INCONSISTENT_ENTITY, name, type_elements(sources), why)
        return
    # A subgraph that only names the type's fields as @external does not define the type.
    defining = [
        source for source in sources if not all(field.external for field in source.type.fields.values())
    ]
    if len(defining) == 1 or name in ROOT_TYPES:
        return
    for field_name, having in fields.items():
        where = {source.subgraph.name for source in having}
        lacking = [source.subgraph for source in defining if source.subgraph.name not in where]
        if lacking:
            why = (
                f"the field of the value type exists in {name_subgraphs(source.subgraph for source in having)} "
                f"but not in {name_subgraphs(lacking)}"
            )
            merging.report(
                Code.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD, f"{name}.{field_name}", elements(having), why
            )
