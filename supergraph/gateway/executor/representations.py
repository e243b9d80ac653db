"""What a fetch sends for an entity: read out of the response by `requires`, its type renamed where the plan says so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from operator import itemgetter
from typing import Final

import orjson

from supergraph.planner import (
    EachItem,
    FetchPath,
    RenameType,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
    Step,
)
from supergraph.spec import TypeName

_TYPENAME: Final = "__typename"


class _Mark(Enum):
    ABSENT = "no value at all, which is something else than null"


_ABSENT: Final = _Mark.ABSENT


class Unread(Enum):
    """Why there is no representation."""

    NOT_APPLICABLE = "no fragment of `requires` is about an object of this type"
    INCOMPLETE = "a field that `requires` names is not there, so the entity cannot be asked for"


Read = Callable[[Mapping[str, object]], dict[str, object] | Unread]
"""Raises KeyError too where something is absent."""

Identity = tuple[str, str | bytes]
Identify = Callable[[Mapping[str, object]], Identity | None]

_MOST_TYPES: Final = 10_000
"""Names of types come from subgraphs, and a hostile one may invent them."""


@dataclass(frozen=True, slots=True)
class RepresentationReader:
    """Reads representations. `possible_types` has an entry for each abstract type; an object type stands for itself."""

    requires: tuple[RequiredFragment, ...]
    renames: tuple[RenameType, ...]
    possible_types: Mapping[TypeName, frozenset[TypeName]]
    # How to read a concrete type, worked out when the first object of that type is met.
    _by_type: dict[str, Read] = field(default_factory=dict)

    _identities: dict[str, Identify] = field(default_factory=dict)

    def identify(self, entity: Mapping[str, object]) -> Identity | None:
        """Something small that is equal for equal representations; None where only the whole of them can tell.

        Lists repeat entities, so most need not be read a second time.
        """
        typename = entity.get(_TYPENAME)
        identify = self._identities.get(typename) if isinstance(typename, str) else None
        return None if identify is None else identify(entity)

    def read(self, entity: Mapping[str, object]) -> dict[str, object] | Unread:
        """`{"__typename": ..., **required fields}`. Null fields go out as null, absent ones make it incomplete."""
        typename = entity.get(_TYPENAME)
        if not isinstance(typename, str):
            if len(self.requires) != 1 or self.requires[0].type_condition in self.possible_types:
                return Unread.INCOMPLETE
            typename = self.requires[0].type_condition
        read = self._by_type.get(typename)
        if read is None:
            if len(self._by_type) > _MOST_TYPES:
                self._by_type.clear()
                self._identities.clear()
            read = self._by_type[typename] = self._reading_of(typename)
        try:
            return read(entity)
        except KeyError:
            return Unread.INCOMPLETE

    def flat_fields(self, typename: str) -> tuple[RequiredField, ...] | None:
        """What goes out for every object of a type, its name apart; None where it takes more than to copy fields."""
        required = self._required(typename)
        if self.renames or not required or any(each.selections for each in required):
            return None
        return required

    def _reading_of(self, typename: str) -> Read:
        required = self._required(typename)
        if required is None:
            return lambda _: Unread.NOT_APPLICABLE
        sent = self._top_name(typename)
        if sent is None or any(each.selections for each in required):
            return partial(self._read_nested, typename, required)
        # Nearly all representations are flat, and most hold one key: read without looking at how they are made.
        if len(required) == 1:
            name, source = required[0].name, required[0].source
            self._identities[typename] = partial(_identity_of_one, typename, source)
            return lambda entity: {_TYPENAME: sent, name: entity[source]}
        pairs = tuple((each.name, each.source) for each in required)
        if pairs:
            self._identities[typename] = partial(
                _identity_of_several, typename, itemgetter(*(source for _, source in pairs))
            )
        return lambda entity: {_TYPENAME: sent, **{name: entity[source] for name, source in pairs}}

    def _top_name(self, typename: str) -> str | None:
        """The name under which the entity goes out; None where names further down may change too."""
        sent = typename
        for rename in self.renames:
            match rename.path:
                case () | (EachItem(types=None),):
                    sent = rename.to
                case (EachItem(types=frozenset() as types),):
                    sent = rename.to if typename in types else sent
                case _:
                    return None
        return sent

    def _read_nested(
        self, typename: str, required: tuple[RequiredField, ...], entity: Mapping[str, object]
    ) -> dict[str, object] | Unread:
        representation: dict[str, object] = {_TYPENAME: typename}
        if not self._read_fields(entity, required, representation):
            return Unread.INCOMPLETE
        # All conditions are about the names as they came, so they are looked up before any is changed.
        targets = [
            (target, rename.to) for rename in self.renames for target in _at(representation, rename.path)
        ]
        for target, to in targets:
            target[_TYPENAME] = to
        return representation

    def _required(self, typename: str) -> tuple[RequiredField, ...] | None:
        applicable = [each for each in self.requires if self._applies(each.type_condition, typename)]
        return _fields_of(applicable, typename, self._applies) if applicable else None

    def _applies(self, condition: TypeName, typename: str) -> bool:
        return condition == typename or typename in self.possible_types.get(condition, ())

    def _read_fields(
        self, source: Mapping[str, object], selections: Sequence[RequiredSelection], into: dict[str, object]
    ) -> bool:
        for selection in selections:
            match selection:
                case RequiredField(name=name, source=key, selections=below):
                    value = source.get(key, _ABSENT)
                    if below and value is not None:
                        value = self._read_value(value, below, into.get(name))
                    if value is _ABSENT:
                        return False
                    into[name] = value
                case RequiredFragment(type_condition=condition, selections=below):
                    typename = source.get(_TYPENAME)
                    applies = isinstance(typename, str) and self._applies(condition, typename)
                    if applies and not self._read_fields(source, below, into):
                        return False
        return True

    def _read_value(self, value: object, below: Sequence[RequiredSelection], earlier: object) -> object:
        if isinstance(value, list):
            before = (
                earlier if isinstance(earlier, list) and len(earlier) == len(value) else [None] * len(value)
            )
            items = [
                item if item is None else self._read_value(item, below, old)
                for item, old in zip(value, before, strict=True)
            ]
            return _ABSENT if any(item is _ABSENT for item in items) else items
        if isinstance(value, dict):
            # The same field may be required twice with other selections: both parts go out together.
            into = dict(earlier) if isinstance(earlier, dict) else {}
            return into if self._read_fields(value, below, into) else _ABSENT
        return _ABSENT


def _identity_of_one(typename: str, source: str, entity: Mapping[str, object]) -> Identity | None:
    value = entity.get(source)
    # Only text: 1, 1.0 and true are equal in Python and are not in JSON.
    return (typename, value) if isinstance(value, str) else None


def _identity_of_several(
    typename: str, values: Callable[[Mapping[str, object]], object], entity: Mapping[str, object]
) -> Identity | None:
    try:
        return (typename, orjson.dumps(values(entity)))
    except (KeyError, TypeError):
        return None


def _fields_of(
    selections: Sequence[RequiredSelection], typename: str, applies: Callable[[TypeName, str], bool]
) -> tuple[RequiredField, ...]:
    found: dict[RequiredField, None] = {}
    for selection in selections:
        match selection:
            case RequiredField():
                found[selection] = None
            case RequiredFragment(type_condition=condition, selections=below):
                if applies(condition, typename):
                    found.update(dict.fromkeys(_fields_of(below, typename, applies)))
    return tuple(each for each in found if each.name != _TYPENAME)


def _at(representation: dict[str, object], path: FetchPath) -> Iterator[dict[str, object]]:
    """The objects of a representation at `path`. Lists are entered whether or not the path says so."""
    level: list[object] = [representation]
    for step in path:
        if isinstance(step, Step):
            level = [item[step.key] for item in level if isinstance(item, dict) and step.key in item]
        while any(isinstance(item, list) for item in level):
            level = [each for item in level for each in (item if isinstance(item, list) else (item,))]
        if step.types is not None:
            level = [item for item in level if isinstance(item, dict) and is_of_type(item, step.types)]
    for item in level:
        if isinstance(item, dict):
            yield item


def is_of_type(value: Mapping[str, object], types: frozenset[TypeName]) -> bool:
    """Whether the object's own `__typename` is one of `types`. Whatever a subgraph put there instead is not."""
    typename = value.get(_TYPENAME)
    return isinstance(typename, str) and typename in types
