"""Representations to entities: all of one type in one call, so that they come in one query."""

import dataclasses
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from graphql import GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import (
    StrawberryContainer,
    StrawberryList,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition

from foundation_subgraph.kit.context import RequestContext
from foundation_subgraph.kit.errors import SubgraphError

BAD_REPRESENTATION = "BAD_REPRESENTATION"

_Entity = TypeVar("_Entity")
_Reference = TypeVar("_Reference")

Load = Callable[[RequestContext, Sequence[_Reference]], Awaitable[Sequence[_Entity | Exception | None]]]


@dataclass(frozen=True, slots=True)
class Batched(Generic[_Entity, _Reference]):
    """How a subgraph finds the entities of one type."""

    entity: type[_Entity]
    reference: type[_Reference]
    load: Load[_Reference, _Entity]


def batched(
    entity: type[_Entity], reference: type[_Reference]
) -> Callable[[Load[_Reference, _Entity]], Batched[_Entity, _Reference]]:
    """Declare a function as the one that finds entities of a type.

    It gets the request's context and references, no two of them equal, and gives as many results in the same
    order: the entity, None where there is none, or an exception for that one alone.

    `reference` is a dataclass that names, in Python, what the function wants to know of a representation: fields
    of a key, and fields that some field `@requires`. Their values arrive converted to the annotated types
    (`UUID`, `datetime`, enums, lists, dataclasses for nested selections). A field with a default may be missing.
    """

    def declare(load: Load[_Reference, _Entity]) -> Batched[_Entity, _Reference]:
        return Batched(entity, reference, load)

    return declare


class _UnreadableError(Exception):
    """A representation that cannot be made a reference; the message says why."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a reference: its name here and there, and how its value is read."""

    name: str
    graphql_name: str
    read: Callable[[object], object]
    optional: bool


@dataclass(frozen=True, slots=True)
class ReferenceReader:
    """Reads the representations of one entity type into references."""

    reference: type[object]
    fields: tuple[_Field, ...]

    def read(self, representation: Mapping[str, object]) -> object:
        """The reference. Raises GraphQLError where the representation lacks or garbles a field."""
        try:
            return self._build(representation)
        except _UnreadableError as problem:
            typename = representation.get("__typename")
            raise GraphQLError(
                f'A representation of "{typename}" is unusable: {problem}',
                extensions={"code": BAD_REPRESENTATION},
            ) from problem

    def _build(self, value: object) -> object:
        if not isinstance(value, Mapping):
            raise _UnreadableError("an object was expected")
        arguments: dict[str, object] = {}
        for field in self.fields:
            if field.graphql_name in value:
                try:
                    arguments[field.name] = field.read(value[field.graphql_name])
                except _UnreadableError as problem:
                    raise _UnreadableError(f"{field.graphql_name}: {problem}") from problem
            elif not field.optional:
                raise _UnreadableError(f"{field.graphql_name} is missing")
        try:
            return self.reference(**arguments)
        except ValueError as problem:  # of a `__post_init__`
            raise _UnreadableError(str(problem)) from problem


def reference_reader(declared: Batched[Any, Any], converter: GraphQLCoreConverter) -> ReferenceReader:
    """The reader for a declaration. Raises SubgraphError where the reference names what the entity does not have."""
    definition = get_object_definition(declared.entity, strict=True)
    return _reader(declared.reference, definition, converter)


def _reader(
    reference: type[object], definition: StrawberryObjectDefinition, converter: GraphQLCoreConverter
) -> ReferenceReader:
    if not dataclasses.is_dataclass(reference):
        raise SubgraphError(f"the reference {reference.__name__} of {definition.name} is not a dataclass")
    hints = get_type_hints(reference)
    fields: list[_Field] = []
    for field in dataclasses.fields(reference):
        named = next((known for known in definition.fields if known.python_name == field.name), None)
        if named is None:
            raise SubgraphError(
                f"{reference.__name__}.{field.name}: {definition.name} has no field of this name in Python"
            )
        kind = named.type
        while isinstance(kind, StrawberryContainer):
            kind = kind.of_type
        optional = (
            field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        )
        read = _read_as(hints[field.name], get_object_definition(kind), converter)
        fields.append(_Field(field.name, converter.config.name_converter.from_field(named), read, optional))
    return ReferenceReader(reference, tuple(fields))


def _read_as(
    hint: object, nested: StrawberryObjectDefinition | None, converter: GraphQLCoreConverter
) -> Callable[[object], object]:
    """A function that turns a JSON value into a value of the annotated type, or raises _UnreadableError."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and nested is not None:
        return _reader(hint, nested, converter)._build
    kind = StrawberryAnnotation(hint).resolve()
    if isinstance(kind, StrawberryOptional):
        inner = _read_as(kind.of_type, nested, converter)
        return lambda value: None if value is None else inner(value)
    if isinstance(kind, StrawberryList):
        item = _read_as(kind.of_type, nested, converter)
        return lambda value: _read_list(value, item)
    if isinstance(kind, StrawberryEnumDefinition):
        enum = converter.from_enum(kind)
        return lambda value: _read_leaf(value, enum.coerce_input_value)
    scalar = converter.from_scalar(kind)  # type: ignore[arg-type] # what is neither of the above is a scalar
    return lambda value: _read_leaf(value, scalar.coerce_input_value)


def _read_list(value: object, item: Callable[[object], object]) -> list[object]:
    if not isinstance(value, list):
        raise _UnreadableError("a list was expected")
    return [item(one) for one in value]


def _read_leaf(value: object, coerce: Callable[[Any], object]) -> object:
    if value is None:
        raise _UnreadableError("null was not expected")
    try:
        return coerce(value)
    except (GraphQLError, ValueError, TypeError) as problem:
        raise _UnreadableError(str(problem)) from problem


def sameness(value: object) -> Hashable:
    """Equal for equal references, also where lists or dicts in them have no hash of their own."""
    if dataclasses.is_dataclass(value):
        return tuple([sameness(getattr(value, field.name)) for field in dataclasses.fields(value)])
    if isinstance(value, list):
        return tuple([sameness(one) for one in value])
    if isinstance(value, dict):
        return frozenset((name, sameness(one)) for name, one in value.items())
    return value
