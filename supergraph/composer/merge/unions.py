"""Unions: every member of every subgraph."""

from collections.abc import Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.composites import join_types, type_elements
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import Merging, TypeSource, name_subgraphs
from supergraph.spec import Code, TypeName, UnionMember, UnionType


def merge_union(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> UnionType:
    elements = type_elements(sources)
    directives, for_subgraphs = merge_directives(merging, name, elements)
    members = tuple(dict.fromkeys(member for source in sources for member in source.type.members))
    for member in members if len(sources) > 1 else ():
        lacking = [source.subgraph for source in sources if member not in source.type.members]
        if lacking:
            having = [source for source in sources if member in source.type.members]
            why = (
                f'its member "{member}" exists in {name_subgraphs(source.subgraph for source in having)} '
                f"but not in {name_subgraphs(lacking)}"
            )
            merging.report(Code.INCONSISTENT_UNION_MEMBER, name, type_elements(having), why)
    return UnionType(
        name=name,
        description=merge_descriptions(merging, name, elements),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=join_types(merging, sources),
        members=members,
        member_joins=tuple(
            UnionMember(merging.graph(source.subgraph), member)
            for member in members
            for source in sources
            if member in source.type.members
        ),
    )
