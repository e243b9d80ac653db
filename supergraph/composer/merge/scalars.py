"""Scalars: a name that subgraphs share."""

from collections.abc import Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.composites import join_types, type_elements
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import Merging, TypeSource
from supergraph.spec import ScalarType, TypeName


def merge_scalar(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> ScalarType:
    elements = type_elements(sources)
    directives, for_subgraphs = merge_directives(merging, name, elements)
    return ScalarType(
        name=name,
        description=merge_descriptions(merging, name, elements),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=join_types(merging, sources),
    )
