"""Where the elements of a printed schema stand in Python, so that the composer can point at code and not at a print."""

import sys
from collections.abc import Iterator, Mapping
from typing import Final

from strawberry.schema.name_converter import NameConverter
from strawberry.schema.types import ConcreteType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition

_MACHINERY: Final = frozenset({"strawberry", *sys.stdlib_module_names})
"""Packages whose classes no author of a subgraph wrote. Those made at run time count to the standard module `types`."""


def find_origins(types: Mapping[str, ConcreteType], names: NameConverter) -> dict[str, str]:
    """Schema coordinate -> `module.Class` or `module.Class.field`, with fields as Python names them.

    An inherited field is found in the class that declares it. What no class stands for, such as a union, is left out.
    """
    return dict(origin for name, kind in types.items() for origin in _origins(name, kind, names))


def _origins(name: str, kind: ConcreteType, names: NameConverter) -> Iterator[tuple[str, str]]:
    match kind.definition:
        case StrawberryObjectDefinition() as definition:
            if (written := _written_class(definition.origin)) is not None:
                yield name, _qualified(written)
            for field in definition.fields:
                declared_in = field.origin if isinstance(field.origin, type) else definition.origin
                if (owner := _written_class(declared_in)) is not None:
                    yield f"{name}.{names.from_field(field)}", f"{_qualified(owner)}.{field.python_name}"
        case StrawberryEnumDefinition() as definition if _written_class(definition.wrapped_cls):
            owner_name = _qualified(definition.wrapped_cls)
            yield name, owner_name
            for value in definition.values:
                yield f"{name}.{names.from_enum_value(definition, value)}", f"{owner_name}.{value.name}"
        case _:
            pass


def _written_class(origin: type) -> type | None:
    """The class itself, or what a class made at run time was made from; None where no author wrote one."""
    return next(
        (each for each in origin.__mro__ if each.__module__.partition(".")[0] not in _MACHINERY), None
    )


def _qualified(owner: type) -> str:
    return f"{owner.__module__}.{owner.__qualname__}"
