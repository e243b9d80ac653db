"""Two API schemas -> their differences: graphql-core's change finder, and what it does not look at."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)
from graphql.utilities import find_schema_changes

from schema.checks.changes import Change, ChangeKind
from supergraph.spec import BUILT_IN_SCALARS, Coordinate, TypeName

_Deprecable = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue

# graphql-core's finder says what it found in a sentence only. These are its sentences around a coordinate; a kind
# that is not listed says the coordinate first, after words that tell what stands there.
_ELEMENT: Final = r"(?P<coordinate>@?\w+(?:\.\w+)?(?:\(\w+:\))?)"
_LEADING: Final = re.compile(
    r"(?:Field |Enum value |Argument |Directive |An? (?:required|optional) (?:field|argument) )?" + _ELEMENT
)
_TYPE_FIRST: Final = re.compile(_ELEMENT + r" ")
_LAST: Final = re.compile(r".* " + _ELEMENT + r"\.$")
_DESCRIBED: Final = re.compile(
    r"Description of (?:field |enum value |input-field |argument )?(?P<coordinate>@?\w+(?:\.\w+)?)(?:\((?P<argument>\w+)\))?"
    r" has changed to"
)
_SENTENCES: Final[Mapping[ChangeKind, re.Pattern[str]]] = MappingProxyType(
    {
        ChangeKind.TYPE_REMOVED: _TYPE_FIRST,
        ChangeKind.TYPE_ADDED: _TYPE_FIRST,
        ChangeKind.TYPE_CHANGED_KIND: _TYPE_FIRST,
        ChangeKind.IMPLEMENTED_INTERFACE_REMOVED: _TYPE_FIRST,
        ChangeKind.IMPLEMENTED_INTERFACE_ADDED: _LAST,
        ChangeKind.TYPE_REMOVED_FROM_UNION: _LAST,
        ChangeKind.TYPE_ADDED_TO_UNION: _LAST,
        ChangeKind.DIRECTIVE_REPEATABLE_REMOVED: _LAST,
        ChangeKind.DIRECTIVE_REPEATABLE_ADDED: _LAST,
        ChangeKind.DIRECTIVE_LOCATION_REMOVED: _LAST,
        ChangeKind.DIRECTIVE_LOCATION_ADDED: _LAST,
        ChangeKind.ARG_DEFAULT_VALUE_CHANGE: _TYPE_FIRST,
        ChangeKind.ARG_DEFAULT_VALUE_ADDED: _TYPE_FIRST,
        ChangeKind.INPUT_FIELD_DEFAULT_VALUE_CHANGE: _TYPE_FIRST,
        ChangeKind.INPUT_FIELD_DEFAULT_VALUE_ADDED: _TYPE_FIRST,
    }
)


def find_api_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Whatever a client could notice, in no particular order."""
    read_enums = _enums_that_are_read(old) | _enums_that_are_read(new)
    for found in find_schema_changes(old, new):
        kind = ChangeKind(found.type.name)
        if kind is ChangeKind.DESCRIPTION_CHANGED:
            # The sentence repeats the whole new text: saying where is enough.
            at = _described(found.description)
            yield Change(at, kind, f"The description of {at} changed.")
            continue
        at = _coordinate(kind, found.description)
        if TypeName(at) in BUILT_IN_SCALARS or found.description.startswith("Standard scalar "):
            continue  # comes and goes with the elements that have it, and those are told
        if kind is ChangeKind.VALUE_ADDED_TO_ENUM and TypeName(at.split(".")[0]) not in read_enums:
            kind = ChangeKind.VALUE_ADDED_TO_INPUT_ENUM
        yield Change(at, kind, found.description)
    yield from _root_changes(old, new)
    for name, new_type in new.type_map.items():
        old_type = old.type_map.get(name)
        if old_type is not None and not name.startswith("__"):
            yield from _deprecation_changes(old_type, new_type)
            yield from _input_and_scalar_changes(old_type, new_type)


def _coordinate(kind: ChangeKind, sentence: str) -> Coordinate:
    found = _SENTENCES.get(kind, _LEADING).match(sentence)
    # A sentence of a later graphql-core still reaches the reader, only without its place.
    return Coordinate(found["coordinate"] if found else "")


def _described(sentence: str) -> Coordinate:
    found = _DESCRIBED.match(sentence)
    if found is None:
        return Coordinate("")
    # Of a directive's argument the finder names the directive twice, and not the argument.
    argument = found["argument"] if "." in found["coordinate"] else None
    return Coordinate(found["coordinate"] + (f"({argument}:)" if argument else ""))


def _root_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    for operation, before, after in (
        ("query", old.query_type, new.query_type),
        ("mutation", old.mutation_type, new.mutation_type),
        ("subscription", old.subscription_type, new.subscription_type),
    ):
        if before and (after is None or after.name != before.name):
            now = f"is {after.name} now" if after else "is gone"
            yield Change(
                Coordinate(before.name),
                ChangeKind.ROOT_TYPE_CHANGED,
                f"The root type of every {operation} was {before.name} and {now}.",
            )


def _input_and_scalar_changes(old: GraphQLNamedType, new: GraphQLNamedType) -> Iterator[Change]:
    at = Coordinate(new.name)
    match old, new:
        case GraphQLInputObjectType(), GraphQLInputObjectType():
            if new.is_one_of and not old.is_one_of:
                yield Change(at, ChangeKind.ONE_OF_ADDED, f"{at} became @oneOf.")
            elif old.is_one_of and not new.is_one_of:
                yield Change(at, ChangeKind.ONE_OF_REMOVED, f"{at} is no longer @oneOf.")
        case GraphQLScalarType(), GraphQLScalarType() if old.specified_by_url != new.specified_by_url:
            yield Change(
                at,
                ChangeKind.SCALAR_SPECIFICATION_CHANGED,
                f"{at} was specified by {old.specified_by_url or 'nothing'}"
                f" and is now by {new.specified_by_url or 'nothing'}.",
            )
        case _:
            pass


def _deprecation_changes(old: GraphQLNamedType, new: GraphQLNamedType) -> Iterator[Change]:
    before = dict(_deprecable(old))
    for at, element in _deprecable(new):
        was = before.get(at)
        if was is None:
            continue
        if element.deprecation_reason is not None and was.deprecation_reason is None:
            yield Change(
                at, ChangeKind.DEPRECATION_ADDED, f"{at} became deprecated: {element.deprecation_reason}"
            )
        elif was.deprecation_reason is not None and element.deprecation_reason is None:
            yield Change(at, ChangeKind.DEPRECATION_REMOVED, f"{at} is no longer deprecated.")


def _deprecable(definition: GraphQLNamedType) -> Iterator[tuple[Coordinate, _Deprecable]]:
    match definition:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in definition.fields.items():
                at = f"{definition.name}.{name}"
                yield Coordinate(at), field
                for argument_name, argument in field.args.items():
                    yield Coordinate(f"{at}({argument_name}:)"), argument
        case GraphQLInputObjectType():
            for name, input_field in definition.fields.items():
                yield Coordinate(f"{definition.name}.{name}"), input_field
        case GraphQLEnumType():
            for name, value in definition.values.items():
                yield Coordinate(f"{definition.name}.{name}"), value
        case _:
            pass


def _enums_that_are_read(schema: GraphQLSchema) -> frozenset[TypeName]:
    """Those that a field gives back: only there can a client meet a value it does not know."""
    return frozenset(
        TypeName(result.name)
        for definition in schema.type_map.values()
        if isinstance(definition, GraphQLObjectType | GraphQLInterfaceType)
        for field in definition.fields.values()
        if isinstance(result := get_named_type(field.type), GraphQLEnumType)
    )
