"""Is a leaf of the kind that the schema says? Spec: Result Coercion, of each scalar and of enums."""

from collections.abc import Callable
from enum import Enum
from math import isfinite
from typing import Final

from graphql import GraphQLEnumType, GraphQLScalarType

_MAX_INT: Final = 2**31 - 1
_MIN_INT: Final = -(2**31)
_MAX_DEPTH: Final = 200


class NotAValue(Enum):
    """The one value that stands for: this is no value of the type."""

    OF_THE_TYPE = "not a value of the type"


INVALID: Final = NotAValue.OF_THE_TYPE

LeafCheck = Callable[[object], object]
"""A value that is not null -> the value for the response, or INVALID."""


def check_of(leaf: GraphQLScalarType | GraphQLEnumType) -> LeafCheck:
    if isinstance(leaf, GraphQLEnumType):
        names = frozenset(leaf.values)
        return lambda value: value if isinstance(value, str) and value in names else INVALID
    return _CHECKS.get(leaf.name, custom_scalar)


def _int(value: object) -> object:
    if isinstance(value, bool):
        return INVALID
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and _MIN_INT <= value <= _MAX_INT else INVALID


def _float(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return INVALID
    try:
        return value if isfinite(value) else INVALID
    except OverflowError:  # an integer that no double can hold
        return INVALID


def _string(value: object) -> object:
    return value if isinstance(value, str) else INVALID


def _boolean(value: object) -> object:
    return value if isinstance(value, bool) else INVALID


def _id(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else INVALID


def custom_scalar(value: object) -> object:
    """Any JSON passes as it is, unless it is nested deeper than we could write it."""
    return value if not isinstance(value, dict | list) or _is_shallow(value) else INVALID


def _is_shallow(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(_MAX_DEPTH):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return True
        level = below
    return False


_CHECKS: Final = {"Int": _int, "Float": _float, "String": _string, "Boolean": _boolean, "ID": _id}
