"""Enums: all values where the enum is only read, common ones where it is only written, equal ones where it is both."""

from collections.abc import Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.composites import join_types, type_elements
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import ElementSource, Merging, TypeSource, name_subgraphs
from supergraph.spec import Code, EnumType, EnumValue, TypeName


def merge_enum(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> EnumType:
    """Enums come after fields, arguments and input fields: only then it is known who reads and who writes them."""
    elements = type_elements(sources)
    is_read, is_written = name in merging.read, name in merging.written
    if not is_read and not is_written:
        why = "no field or argument uses it; all values that any subgraph has are kept"
        merging.report(Code.UNUSED_ENUM_TYPE, name, elements, why)
    directives, for_subgraphs = merge_directives(merging, name, elements)
    named = dict.fromkeys(value for source in sources for value in source.type.values)
    merged = (
        _merge_value(merging, name, value, sources, is_read=is_read, is_written=is_written) for value in named
    )
    values = {each.name: each for each in merged if each is not None}
    if not values:
        why = f"{name_subgraphs(source.subgraph for source in sources)} have no value of it in common"
        merging.report(Code.EMPTY_MERGED_ENUM_TYPE, name, elements, why)
    return EnumType(
        name=name,
        description=merge_descriptions(merging, name, elements),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=join_types(merging, sources),
        values=values,
    )


def _merge_value(
    merging: Merging,
    owner: TypeName,
    name: str,
    sources: Sequence[TypeSource],
    *,
    is_read: bool,
    is_written: bool,
) -> EnumValue | None:
    at = f"{owner}.{name}"
    having = [
        ElementSource(source.subgraph, source.type.values[name])
        for source in sources
        if name in source.type.values
    ]
    inaccessible = any(
        source.type.values[name].inaccessible for source in sources if name in source.type.values
    )
    # What nobody sees cannot be written, so an inaccessible value may be missing.
    if len(having) < len(sources) and not (is_written and inaccessible):
        where = {source.subgraph.name for source in having}
        lacking = name_subgraphs(source.subgraph for source in sources if source.subgraph.name not in where)
        said = f"{name_subgraphs(source.subgraph for source in having)} but not in {lacking}"
        if is_read and is_written:
            why = f"the enum is both read and written, but the value exists in {said}"
            merging.report(Code.ENUM_VALUE_MISMATCH, at, having, why)
        elif is_written:
            why = f"the value is left out of the supergraph: it exists in {said}"
            merging.report(Code.INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM, at, having, why)
            return None
        else:
            why = f"the value exists in {said}"
            merging.report(Code.INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM, at, having, why)
    directives, for_subgraphs = merge_directives(merging, at, having)
    return EnumValue(
        name=name,
        description=merge_descriptions(merging, at, having),
        directives=directives,
        subgraph_directives=for_subgraphs,
        graphs=tuple(merging.graph(source.subgraph) for source in having),
    )
