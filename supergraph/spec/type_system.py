"""A type system document as plain definitions with their places, before anything is known of what they mean.

`sdl` reads it. Places are offsets into the text.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from supergraph.spec.type_reference import TypeReference
from supergraph.spec.values import Value


class SdlSyntaxError(ValueError):
    """The text is not a type system document. `at` is the offset where reading stopped."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.at = at


class DirectiveSyntax(NamedTuple):
    name: str
    arguments: tuple[tuple[str, Value], ...]
    at: int


class InputSyntax(NamedTuple):
    """An argument or an input field."""

    name: str
    type: TypeReference
    default: Value | None
    directives: tuple[DirectiveSyntax, ...]
    description: str | None
    at: int


class FieldSyntax(NamedTuple):
    name: str
    type: TypeReference
    arguments: tuple[InputSyntax, ...]
    directives: tuple[DirectiveSyntax, ...]
    description: str | None
    at: int


class EnumValueSyntax(NamedTuple):
    name: str
    directives: tuple[DirectiveSyntax, ...]
    description: str | None
    at: int


class NameSyntax(NamedTuple):
    name: str
    at: int


class DefinedKind(StrEnum):
    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT_OBJECT = "input"


class TypeSyntax(NamedTuple):
    """A definition or an extension of a type; what its kind does not have is empty."""

    kind: DefinedKind
    name: str
    extends: bool
    interfaces: tuple[NameSyntax, ...]
    fields: tuple[FieldSyntax, ...]
    inputs: tuple[InputSyntax, ...]
    members: tuple[NameSyntax, ...]
    values: tuple[EnumValueSyntax, ...]
    directives: tuple[DirectiveSyntax, ...]
    description: str | None
    at: int


class SchemaSyntax(NamedTuple):
    """`schema {…}` or `extend schema`. `roots` pair the operation with its type."""

    extends: bool
    roots: tuple[tuple[str, NameSyntax], ...]
    directives: tuple[DirectiveSyntax, ...]
    description: str | None
    at: int


class DirectiveDefinitionSyntax(NamedTuple):
    name: str
    arguments: tuple[InputSyntax, ...]
    repeatable: bool
    locations: tuple[NameSyntax, ...]
    description: str | None
    at: int


class ExecutableSyntax(NamedTuple):
    """An operation or a fragment: it may parse, and says nothing about types."""

    keyword: str
    at: int


Definition = TypeSyntax | SchemaSyntax | DirectiveDefinitionSyntax | ExecutableSyntax


EXECUTABLE_LOCATIONS: Final = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)
TYPE_SYSTEM_LOCATIONS: Final = frozenset(
    {
        "SCHEMA",
        "SCALAR",
        "OBJECT",
        "FIELD_DEFINITION",
        "ARGUMENT_DEFINITION",
        "INTERFACE",
        "UNION",
        "ENUM",
        "ENUM_VALUE",
        "INPUT_OBJECT",
        "INPUT_FIELD_DEFINITION",
    }
)
DIRECTIVE_LOCATIONS: Final = EXECUTABLE_LOCATIONS | TYPE_SYSTEM_LOCATIONS
