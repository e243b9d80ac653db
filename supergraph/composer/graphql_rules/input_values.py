"""Whether a constant value fits an input type. Spec: Values, coercion."""

from collections.abc import Mapping

from supergraph.composer.subgraph import SubgraphType, TypeKind
from supergraph.spec import (
    NULL,
    FieldName,
    ListOf,
    ListValue,
    NameValue,
    NonNull,
    NumberValue,
    ObjectValue,
    StringValue,
    TypeName,
    TypeReference,
    Value,
    VariableValue,
)


def value_fits(value: Value, type_: TypeReference, types: Mapping[TypeName, SubgraphType]) -> bool:
    """Custom scalars take anything. A missing field of an input object is the business of who fills it in."""
    if isinstance(value, VariableValue):
        return False
    if isinstance(type_, NonNull):
        return value != NULL and value_fits(value, type_.of, types)
    if value == NULL:
        return True
    if isinstance(type_, ListOf):
        each = value.values if isinstance(value, ListValue) else (value,)
        return all(value_fits(one, type_.of, types) for one in each)
    definition = types.get(type_.name)
    if definition is None:
        return _fits_built_in(value, type_.name)
    match definition.kind:
        case TypeKind.ENUM:
            # The reference takes a string for an enum value; documents rely on it.
            return (isinstance(value, NameValue) and value.name in definition.values) or (
                isinstance(value, StringValue) and value.value in definition.values
            )
        case TypeKind.INPUT_OBJECT:
            return isinstance(value, ObjectValue) and all(
                (field := definition.fields.get(FieldName(name))) is not None
                and value_fits(inner, field.type, types)
                for name, inner in value.fields
            )
        case _:
            return True


def _fits_built_in(value: Value, name: str) -> bool:
    match name:
        case "Int":
            return isinstance(value, NumberValue) and value.is_integer and -(2**31) <= int(value.text) < 2**31
        case "Float":
            return isinstance(value, NumberValue)
        case "String":
            return isinstance(value, StringValue)
        case "ID":
            return isinstance(value, StringValue) or (isinstance(value, NumberValue) and value.is_integer)
        case "Boolean":
            return isinstance(value, NameValue) and value.name in {"true", "false"}
        case _:
            return True
