"""Default values as clients see them: coerced to their type. Spec: Input Coercion."""

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Final

from supergraph.spec.names import FieldName, TypeName
from supergraph.spec.sdl import read_value
from supergraph.spec.supergraph import EnumType, InputObjectType, Literal, SupergraphType
from supergraph.spec.type_reference import ListOf, Named, NonNull, TypeReference
from supergraph.spec.values import (
    NULL,
    ListValue,
    NameValue,
    NumberValue,
    ObjectValue,
    StringValue,
    Value,
    print_value,
)

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_LARGEST_PLAIN_NUMBER: Final = 1e21

Types = Mapping[TypeName, SupergraphType]


def coerce_default(literal: Literal, expected: TypeReference, types: Types) -> Literal:
    """The same value written in full: single values in lists, fields by name with their defaults put in."""
    return print_value(_coerced(read_value(literal), expected, types, ()))


def _coerced(value: Value, expected: TypeReference, types: Types, within: tuple[TypeName, ...]) -> Value:
    match expected:
        case NonNull(inner):
            return _coerced(value, inner, types, within)
        case ListOf(inner):
            if value == NULL:
                return value
            values = value.values if isinstance(value, ListValue) else (value,)
            return ListValue(tuple(_coerced(each, inner, types, within) for each in values))
        case Named(name):
            return _coerced_named(value, name, types, within)


def _coerced_named(value: Value, name: TypeName, types: Types, within: tuple[TypeName, ...]) -> Value:
    definition = types.get(name)
    match value:
        case ObjectValue(fields) if isinstance(definition, InputObjectType):
            return _coerced_object(dict(fields), definition, types, within)
        case StringValue(text) if isinstance(definition, EnumType):
            return NameValue(text)
        case StringValue(text) if name == "ID" and _INTEGER.match(text):
            return NumberValue(text)
        case NumberValue(text) if name == "Float":
            return NumberValue(_plain_number(text))
        case _:
            return value


def _coerced_object(
    given: Mapping[str, Value], definition: InputObjectType, types: Types, within: tuple[TypeName, ...]
) -> Value:
    if definition.name in within:
        return ObjectValue(
            tuple(given.items())
        )  # defaults that need themselves: there is no writing them in full
    deeper = (*within, definition.name)
    fields: list[tuple[str, Value]] = []
    for field in definition.fields.values():
        if field.name in given:
            # What is written ends somewhere; only defaults can lead back to themselves.
            fields.append((field.name, _coerced(given[field.name], field.type, types, ())))
        elif field.default is not None:
            fields.append((field.name, _coerced(read_value(field.default), field.type, types, deeper)))
    known = set(map(str, definition.fields))
    fields += [(FieldName(name), value) for name, value in given.items() if name not in known]
    return ObjectValue(tuple(sorted(fields, key=itemgetter(0))))


def _plain_number(text: str) -> str:
    number = float(text)
    if number.is_integer() and abs(number) < _LARGEST_PLAIN_NUMBER:
        return str(int(number))
    return re.sub(r"e([+-])0+", r"e\1", repr(number))
