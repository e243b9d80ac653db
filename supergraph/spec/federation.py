"""The subgraph directives of each federation version. Spec: https://specs.apollo.dev/federation."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from supergraph.spec.connect import LATEST_CONNECT, connect_directives
from supergraph.spec.link import (
    AUTHENTICATED,
    CACHE_TAG,
    CONNECT,
    CONTEXT,
    COST,
    INACCESSIBLE,
    LINK,
    POLICY,
    REQUIRES_SCOPES,
    TAG,
)
from supergraph.spec.sdl import read_sdl
from supergraph.spec.type_system import DirectiveDefinitionSyntax

Version = tuple[int, int]

FEDERATION_1: Final[Version] = (1, 0)
LATEST_FEDERATION: Final[Version] = (2, 14)
FEDERATION_VERSIONS: Final = tuple((2, minor) for minor in range(LATEST_FEDERATION[1] + 1))

# Each definition holds from its version on, until a later one of the same name takes its place.
_DEFINITIONS: Final[tuple[tuple[Version, str], ...]] = (
    (
        (2, 0),
        """
        directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
        directive @requires(fields: FieldSet!) on FIELD_DEFINITION
        directive @provides(fields: FieldSet!) on FIELD_DEFINITION
        directive @external(reason: String) on OBJECT | FIELD_DEFINITION
        directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION
            | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
        directive @extends on OBJECT | INTERFACE
        directive @shareable on OBJECT | FIELD_DEFINITION
        directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR
            | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
        directive @override(from: String!) on FIELD_DEFINITION
        """,
    ),
    ((2, 1), "directive @composeDirective(name: String) repeatable on SCHEMA"),
    ((2, 2), "directive @shareable repeatable on OBJECT | FIELD_DEFINITION"),
    (
        (2, 3),
        """
        directive @interfaceObject on OBJECT
        directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION
            | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA
        """,
    ),
    (
        (2, 5),
        """
        directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
        directive @requiresScopes(scopes: [[Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
        """,
    ),
    (
        (2, 6),
        "directive @policy(policies: [[Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    ((2, 7), "directive @override(from: String!, label: String) on FIELD_DEFINITION"),
    (
        (2, 8),
        """
        directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
        directive @fromContext(field: ContextFieldValue) on ARGUMENT_DEFINITION
        """,
    ),
    (
        (2, 9),
        """
        directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION
            | OBJECT | SCALAR
        directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],
            requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
        """,
    ),
    ((2, 12), "directive @cacheTag(format: String!) repeatable on INTERFACE | OBJECT | FIELD_DEFINITION"),
)
_FEDERATION_1_DEFINITIONS: Final = """
    directive @key(fields: _FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
    directive @requires(fields: _FieldSet!) on FIELD_DEFINITION
    directive @provides(fields: _FieldSet!) on FIELD_DEFINITION
    directive @external(reason: String) on OBJECT | FIELD_DEFINITION
    directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION
        | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
    directive @extends on OBJECT | INTERFACE
"""

_SCALARS: Final[tuple[tuple[Version, str], ...]] = (
    ((2, 0), "FieldSet"),
    ((2, 5), "Scope"),
    ((2, 6), "Policy"),
    ((2, 8), "ContextFieldValue"),
)

FEDERATION_1_SCALARS: Final = ("_FieldSet", "_Any")
"""Scalars that federation 1 documents may use without defining them."""

SUBGRAPH_MACHINERY_TYPES: Final = frozenset({"_Any", "_Service", "_Entity", "_FieldSet"})
"""What every subgraph has for the gateway's sake; it never reaches the supergraph."""
SUBGRAPH_MACHINERY_FIELDS: Final = frozenset({"_entities", "_service"})
"""The same among the fields of the query root."""


@cache
def federation_directives(version: Version) -> Mapping[str, DirectiveDefinitionSyntax]:
    """What a version defines, by canonical name; argument types have their canonical names too."""
    texts = (
        [_FEDERATION_1_DEFINITIONS]
        if version == FEDERATION_1
        else [text for since, text in _DEFINITIONS if since <= version]
    )
    return MappingProxyType(_read(texts))


@cache
def federation_scalars(version: Version) -> tuple[str, ...]:
    if version == FEDERATION_1:
        return FEDERATION_1_SCALARS
    return tuple(name for since, name in _SCALARS if since <= version)


@cache
def linked_directives(identity: str, version: Version) -> Mapping[str, DirectiveDefinitionSyntax]:
    """What the specifications beside federation define that a subgraph may link by themselves; empty for others."""
    if identity == LINK:
        return MappingProxyType(_read([LINK_DEFINITION]))
    if identity == CONNECT:
        return connect_directives() if (0, 1) <= version <= LATEST_CONNECT else MappingProxyType({})
    newest = federation_directives(LATEST_FEDERATION)
    until, names = _BESIDE_FEDERATION.get(identity, ((0, 0), ()))
    return MappingProxyType({name: newest[name] for name in names if (0, 1) <= version <= until})


LINK_DEFINITION: Final = (
    "directive @link(url: String, as: String, for: Purpose, import: [Import]) repeatable on SCHEMA"
)

# Address: the latest version, and the directives.
_BESIDE_FEDERATION: Final[Mapping[str, tuple[Version, tuple[str, ...]]]] = MappingProxyType(
    {
        TAG: ((0, 3), ("tag",)),
        INACCESSIBLE: ((0, 2), ("inaccessible",)),
        AUTHENTICATED: ((0, 1), ("authenticated",)),
        REQUIRES_SCOPES: ((0, 1), ("requiresScopes",)),
        POLICY: ((0, 1), ("policy",)),
        COST: ((0, 1), ("cost", "listSize")),
        CONTEXT: ((0, 1), ("context", "fromContext")),
        CACHE_TAG: ((0, 1), ("cacheTag",)),
    }
)

AUTHORIZATION_DIRECTIVES: Final = ("authenticated", "requiresScopes", "policy")


def first_version_with(directive: str) -> Version | None:
    """The federation version that a directive came with, or None for one that federation does not have."""
    for version in FEDERATION_VERSIONS:
        if directive in federation_directives(version):
            return version
    return None


def _read(texts: list[str]) -> dict[str, DirectiveDefinitionSyntax]:
    found = {}
    for text in texts:
        for definition in read_sdl(text):
            if isinstance(definition, DirectiveDefinitionSyntax):
                found[definition.name] = definition
    return found
