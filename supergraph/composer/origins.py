"""Where the elements of a printed document stand in code: their coordinates turned into offsets, which diagnostics have."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from supergraph.composer.subgraph import OriginAt, Subgraph

_NOWHERE: Final = ""


class _At(NamedTuple):
    offset: int
    coordinate: str
    owner: str = _NOWHERE


def origins_by_offset(subgraph: Subgraph, origins: Mapping[str, str]) -> tuple[OriginAt, ...]:
    """Each type, field and enum value with where it stands in code, else where its type does; by offset."""
    if not origins:
        return ()
    return tuple(
        (each.offset, origins.get(each.coordinate) or origins.get(each.owner, _NOWHERE))
        for each in sorted(_elements(subgraph))
    )


def origin_at(origins: Sequence[OriginAt], offset: int) -> str:
    """The origin of the element that the offset lies in; empty where there is none."""
    index = bisect_right(origins, offset, key=lambda each: each[0])
    return origins[index - 1][1] if index else _NOWHERE


def _elements(subgraph: Subgraph) -> Iterator[_At]:
    for definition in subgraph.types.values():
        yield _At(definition.at, definition.name)
        for member in (*definition.fields.values(), *definition.values.values()):
            yield _At(member.at, f"{definition.name}.{member.name}", definition.name)
    # What belongs to no type must not count to the type that stands before it.
    yield from (_At(each.at, _NOWHERE) for each in subgraph.directives.values())
    yield from (_At(each.at, _NOWHERE) for each in subgraph.schema_directives)
