"""What several supergraphs have in common, kept in memory once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeVar, assert_never

from supergraph.spec import (
    EnumType,
    InputObjectType,
    InterfaceType,
    ObjectType,
    ScalarType,
    Supergraph,
    SupergraphType,
    TypeName,
    UnionType,
)

_MOST: Final = 50_000

_Name = TypeVar("_Name")
_Part = TypeVar("_Part")


class SharedTypes:
    """Gives equal types, fields and values of supergraphs as one value.

    It holds them, so when they are too many it begins anew. For one thread at a time.
    """

    __slots__ = ("_parts", "_types")

    def __init__(self) -> None:
        self._parts: dict[object, object] = {}
        # By the name and the identities of the parts, which are kept above: what is found is nearly always equal.
        self._types: dict[tuple[TypeName, tuple[int, ...]], SupergraphType] = {}

    def share(self, supergraph: Supergraph) -> Supergraph:
        """An equal supergraph, made of what others are made of wherever that is equal."""
        if len(self._parts) > _MOST:
            self._parts.clear()
            self._types.clear()
        return replace(
            supergraph, types={name: self._shared(each) for name, each in supergraph.types.items()}
        )

    def _shared(self, named: SupergraphType) -> SupergraphType:
        parts: Iterable[object] = ()
        match named:
            # Each by itself: `replace` gives the kind that it is given.
            case ObjectType() | InterfaceType():
                named = replace(named, fields=self._one_of_each(named.fields))
                parts = named.fields.values()
            case InputObjectType():
                named = replace(named, fields=self._one_of_each(named.fields))
                parts = named.fields.values()
            case EnumType():
                named = replace(named, values=self._one_of_each(named.values))
                parts = named.values.values()
            case ScalarType() | UnionType():
                pass
            case _:
                assert_never(named)
        known = self._types.setdefault((named.name, tuple(map(id, parts))), named)
        return known if known == named else named

    def _one_of_each(self, parts: Mapping[_Name, _Part]) -> dict[_Name, _Part]:
        return {name: self._one_of(part) for name, part in parts.items()}

    def _one_of(self, part: _Part) -> _Part:
        known = self._parts.setdefault(part, part)
        assert isinstance(known, type(part)), "what is equal is of one kind"
        return known
