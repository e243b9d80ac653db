"""Default values as clients see them: coerced to their type. Spec: Input Coercion."""

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Final

from supergraph.spec.names import FieldName, TypeName
from supergraph.spec.sdl import DEEPEST_NESTING, read_value
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
_MOST_OBJECTS: Final = 1_000
"""In one value: two fields a type whose defaults are objects of the next type double it with every type."""

Types = Mapping[TypeName, SupergraphType]


def coerce_default(literal: Literal, expected: TypeReference, types: Types) -> Literal:
    """The same value written in full: single values in lists, fields by name with their defaults put in."""
    return print_value(_Coercion(types).coerced(read_value(literal), expected, ()))


class _Coercion:
    """One default value being written in full. `within` are the types whose defaults are being put in."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._objects = 0

    def coerced(self, value: Value, expected: TypeReference, within: tuple[TypeName, ...]) -> Value:
        match expected:
            case NonNull(inner):
                return self.coerced(value, inner, within)
            case ListOf(inner):
                if value == NULL:
                    return value
                values = value.values if isinstance(value, ListValue) else (value,)
                return ListValue(tuple(self.coerced(each, inner, within) for each in values))
            case Named(name):
                return self._named(value, name, within)

    def _named(self, value: Value, name: TypeName, within: tuple[TypeName, ...]) -> Value:
        definition = self._types.get(name)
        match value:
            case ObjectValue(fields) if isinstance(definition, InputObjectType):
                return self._object(dict(fields), definition, within)
            case StringValue(text) if isinstance(definition, EnumType):
                return NameValue(text)
            case StringValue(text) if name == "ID" and _INTEGER.match(text):
                return NumberValue(text)
            case NumberValue(text) if name == "Float":
                return NumberValue(_plain_number(text))
            case _:
                return value

    def _object(
        self, given: Mapping[str, Value], definition: InputObjectType, within: tuple[TypeName, ...]
    ) -> Value:
        self._objects += 1
        if definition.name in within or len(within) >= DEEPEST_NESTING or self._objects > _MOST_OBJECTS:
            # Defaults that need themselves, or were made to grow without end: there is no writing them in full.
            return ObjectValue(tuple(given.items()))
        deeper = (*within, definition.name)
        fields: list[tuple[str, Value]] = []
        for field in definition.fields.values():
            if field.name in given:
                # What is written ends somewhere; only defaults can lead back to themselves.
                fields.append((field.name, self.coerced(given[field.name], field.type, ())))
            elif field.default is not None:
                fields.append((field.name, self.coerced(read_value(field.default), field.type, deeper)))
        known = set(map(str, definition.fields))
        fields += [(FieldName(name), value) for name, value in given.items() if name not in known]
        return ObjectValue(tuple(sorted(fields, key=itemgetter(0))))


def _plain_number(text: str) -> str:
    number = float(text)
    if number.is_integer() and abs(number) < _LARGEST_PLAIN_NUMBER:
        return str(int(number))
    return re.sub(r"e([+-])0+", r"e\1", repr(number))
