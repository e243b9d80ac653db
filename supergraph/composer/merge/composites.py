"""What objects and interfaces have in common: interfaces, keys, joins."""

from collections.abc import Sequence

from supergraph.composer.merge.merging import ElementSource, Merging, TypeSource
from supergraph.spec import Implements, Key, TypeJoin, TypeName


def type_elements(sources: Sequence[TypeSource]) -> list[ElementSource]:
    return [ElementSource(source.subgraph, source.type) for source in sources]


def join_types(merging: Merging, sources: Sequence[TypeSource]) -> tuple[TypeJoin, ...]:
    return tuple(
        TypeJoin(
            merging.graph(subgraph),
            keys=tuple(Key(key.fields, key.resolvable, key.extension) for key in definition.keys),
            is_interface_object=definition.is_interface_object,
            extension=any(key.extension for key in definition.keys),
        )
        for subgraph, definition in sources
    )


def merge_implements(
    merging: Merging, sources: Sequence[TypeSource]
) -> tuple[tuple[TypeName, ...], tuple[Implements, ...]]:
    """The interfaces of the merged type, and which subgraph says so of which."""
    joins = [
        Implements(merging.graph(subgraph), interface)
        for subgraph, definition in sources
        for interface in definition.interfaces
    ]
    return tuple(dict.fromkeys(join.interface for join in joins)), tuple(joins)
