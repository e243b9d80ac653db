"""One name is one kind of type, in whatever subgraph; only an interface object passes for an interface."""

from collections.abc import Sequence
from typing import Final

from supergraph.composer.merge.composites import type_elements
from supergraph.composer.merge.merging import (
    Merging,
    TypeSource,
    contrast,
    group_by_text,
)
from supergraph.composer.subgraph import SubgraphType, TypeKind
from supergraph.spec import Code, TypeName

_KEYWORDS: Final = {TypeKind.OBJECT: "type", TypeKind.INPUT_OBJECT: "input"}


def merged_kind(definition: SubgraphType) -> TypeKind:
    """The kind that one subgraph's type has in the supergraph."""
    return TypeKind.INTERFACE if definition.is_interface_object else definition.kind


def merge_kind(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> TypeKind:
    """The kind of the merged type; the first subgraph's, and an error, when subgraphs disagree."""
    kind = merged_kind(sources[0].type)
    if all(merged_kind(source.type) is kind for source in sources):
        return kind
    said = contrast(
        group_by_text(
            (
                "@interfaceObject"
                if source.type.is_interface_object
                else _KEYWORDS.get(source.type.kind, source.type.kind.lower()),
                source.subgraph,
            )
            for source in sources
        )
    )
    why = f"subgraphs disagree on its kind: it is {said}"
    merging.report(Code.TYPE_KIND_MISMATCH, name, type_elements(sources), why)
    return kind
