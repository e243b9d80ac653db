"""The types of a plan's answers: reading an answer by them is checking it, and what was read is the response's object.

A type has the response's keys in the client's order, with room for what other answers will bring, and beside them what
only the plan needs, which is unset once it was read. What is written by hand for a list of objects is here one call in
C, and its objects take a quarter of the room that as many dicts would.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import GenericAlias
from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias, assert_never, cast

import msgspec

from supergraph.gateway.executor.fetch_program import EntitySpot
from supergraph.gateway.executor.leaf_values import custom_scalar
from supergraph.gateway.executor.plan_layout import TYPENAME, InexpressibleError, Place
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    LeafShape,
    ListShape,
    NonNullShape,
    TypenameField,
    ValueShape,
)

TypeForm: TypeAlias = Any
"""A type as an annotation has it: more than classes, and without a type of its own."""

_LEAVES: Final[Mapping[str, TypeForm]] = {
    "Int": Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)],
    # As it came: 1 stays 1.
    "Float": int | float,
    "String": str,
    "Boolean": bool,
    # A subgraph coerces IDs to text, so says the specification. One that does not is the interpreter's.
    "ID": str,
}


@dataclass(frozen=True, slots=True)
class AnsweredObject:
    """One place's objects as one answer brings them. `attributes` are the type's, by the keys of the answer.

    `hidden` are those that must not be written: whoever has read them sets them to `msgspec.UNSET`. What has a key of
    `texts` is text, and never null.
    """

    type: type[msgspec.Struct]
    attributes: Mapping[str, str]
    hidden: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()


def checks_itself(shape: LeafShape) -> bool:
    """Whether what is read as the leaf's type is a value of it; of custom scalars only their check knows."""
    return shape.check is not custom_scalar


class Answer(Protocol):
    """A whole answer, read."""

    data: Any
    errors: list[Any] | None


def answer_reader(keys: Mapping[str, TypeForm]) -> tuple[Callable[[bytes], Answer], Mapping[str, str]]:
    """Reads answers whose `data` has these keys, each of its type; and the attributes of `data` by them.

    It raises ValueError or RecursionError for whatever is otherwise.
    """
    making = _Making("data")
    for key, type_ in keys.items():
        making.add(key, type_)
    answer = msgspec.defstruct(
        "answer",
        [
            ("data", making.made()),
            ("errors", list[Any] | None, None),
            ("extensions", dict[str, Any] | None, None),
        ],
        gc=False,
    )
    decoder = msgspec.json.Decoder(answer)
    return cast("Callable[[bytes], Answer]", decoder.decode), making.attributes


@dataclass(slots=True)
class AnswerTypes:
    """Makes each type once. `places` are those of one plan, by the identity of their shapes."""

    places: Mapping[int, Place]
    _homes: dict[int, AnsweredObject] = field(default_factory=dict)

    def place_of(self, shape: CompositeShape) -> Place:
        return self.places[id(shape)]

    def at_home(self, place: Place) -> AnsweredObject:
        """The response's objects at a place. Attributes of what is to come are there as well, under their keys."""
        made = self._homes.get(id(place))
        if made is None:
            made = self._homes[id(place)] = self._at_home(place)
        return made

    def _at_home(self, place: Place) -> AnsweredObject:
        asked = place.home_shape.keys
        making = _Making(place.type_name)
        for each in place.fields:
            if isinstance(each, TypenameField):
                making.add_typename(each.key, each.value, required=each.key in asked)
            elif isinstance(each, DataField) and place.sources[each.key] is place.home:
                making.add(each.key, self.type_of(each.shape))
            else:
                making.add_room(each.key)
        hidden = [
            making.add(source, Any) for source in _sent_on(place, None) if source not in making.attributes
        ]
        if TYPENAME in asked and TYPENAME not in making.attributes:
            hidden.append(making.add_typename(TYPENAME, place.type_name, required=True))
        texts = frozenset(each.key for each in place.selected_from(place.home) if _is_text(each.shape))
        return AnsweredObject(making.made(), making.attributes, tuple(hidden), texts)

    def brought(self, place: Place, spot: EntitySpot) -> AnsweredObject:
        """What an answer brings for an object that is in the response already."""
        making = _Making(place.type_name)
        for each in place.selected_from(spot):
            making.add(each.key, self.type_of(each.shape))
        for source in _sent_on(place, spot):
            if place.sources[source] is spot and source not in making.attributes:
                making.add(source, Any)
        if TYPENAME in spot.shape.keys:
            making.add_typename(TYPENAME, place.type_name, required=True)
        return AnsweredObject(making.made(), making.attributes)

    def type_of(self, shape: ValueShape) -> TypeForm:
        if isinstance(shape, NonNullShape):
            return self._present(shape.of)
        return self._present(shape) | None

    def _present(self, shape: LeafShape | ListShape | CompositeShape) -> TypeForm:
        match shape:
            case LeafShape():
                return _leaf(shape)
            case ListShape(of=inner):
                return GenericAlias(list, (self.type_of(inner),))
            case CompositeShape():
                return self.at_home(self.place_of(shape)).type
            case _:
                assert_never(shape)


@dataclass(slots=True)
class _Making:
    """A type in the making. Attributes have names of our own: a key may be any name."""

    title: str
    attributes: dict[str, str] = field(default_factory=dict)
    _fields: list[tuple[str, TypeForm, Any]] = field(default_factory=list)

    def add(self, key: str, type_: TypeForm, **default: object) -> str:
        attribute = self.attributes[key] = f"a{len(self.attributes)}"
        self._fields.append((attribute, type_, msgspec.field(name=key, **default)))
        return attribute

    def add_typename(self, key: str, name: str | None, *, required: bool) -> str:
        return self.add(key, Literal[name], **({} if required else {"default": name}))

    def add_room(self, key: str) -> str:
        """What stays empty has no form in JSON, so it is never passed over."""
        return self.add(key, Any, default=...)

    def made(self) -> type[msgspec.Struct]:
        # Answers hold no cycles: the collector need not know of their objects.
        return msgspec.defstruct(self.title, self._fields, kw_only=True, gc=False)


def _sent_on(place: Place, spot: EntitySpot | None) -> dict[str, None]:
    """What is sent of a place's objects once that answer is there."""
    return dict.fromkeys(each.source for table in place.tables_after(spot) for each in table.fields)


def _is_text(shape: ValueShape) -> bool:
    match shape:
        case NonNullShape(of=LeafShape() as leaf):
            return leaf.values is not None or _LEAVES.get(leaf.type_name) is str
        case _:
            return False


def _leaf(shape: LeafShape) -> TypeForm:
    if shape.values is None:
        return _LEAVES.get(shape.type_name, Any)
    if not shape.values:
        raise InexpressibleError
    return Literal[tuple(sorted(shape.values))]
