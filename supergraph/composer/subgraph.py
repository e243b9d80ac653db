"""One subgraph as a frozen value: its document after reading.

Links are resolved, extensions are folded in, the root types are called Query, Mutation and Subscription, and what the
federation directives say stands as facts beside the directives themselves. Places are offsets into the document's
text; only a diagnostic turns them into lines and columns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from supergraph.spec import FieldName, FieldSetText, SubgraphName, TypeName, TypeReference, Value


class TypeKind(StrEnum):
    SCALAR = "SCALAR"
    OBJECT = "OBJECT"
    INTERFACE = "INTERFACE"
    UNION = "UNION"
    ENUM = "ENUM"
    INPUT_OBJECT = "INPUT_OBJECT"


@dataclass(frozen=True, slots=True)
class DirectiveUse:
    """A directive on an element. `name` is what the document calls it; (`spec`, `canonical`) is what it is.

    `spec` is the address without version of the linked specification that it comes from
    (`https://specs.apollo.dev/federation`), and empty for a directive of the document's own or of GraphQL.
    `declaration` counts the definition and extensions of the type it stands in: 0 is the definition, 1 the first
    extension.
    """

    name: str
    spec: str = ""
    canonical: str = ""
    arguments: tuple[tuple[str, Value], ...] = ()
    at: int = 0
    declaration: int = 0

    def argument(self, name: str) -> Value | None:
        return next((value for key, value in self.arguments if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphElement:
    """What every named thing of a document carries. `directives` keep the document's order."""

    name: str
    description: str | None = None
    directives: tuple[DirectiveUse, ...] = ()
    at: int = 0

    def uses(self, canonical: str, spec: str) -> Iterator[DirectiveUse]:
        return (use for use in self.directives if use.canonical == canonical and use.spec == spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphArgument(SubgraphElement):
    """An argument of a field or a directive. `type_text` is the type as printed: equal types, equal texts."""

    type: TypeReference
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class ContextUse:
    """`@fromContext` on an argument: the planner fills `argument` with `selection`, read from `context`."""

    argument: str
    context: str
    selection: str
    type: TypeReference


@dataclass(frozen=True, slots=True)
class Override:
    """`@override(from:, label:)`: this subgraph takes the field over from `source`."""

    source: str
    label: str | None = None
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphField(SubgraphElement):
    """A field of an object, interface or input type.

    `external`: it stands here only to be named in field sets. A key field that an extension marks `@external` is not:
    federation 1 asked for the mark, and the subgraph can answer it. `shareable`: others may resolve it too, be it by
    `@shareable` here or on the type, or as part of a key. `used`: some key, `@requires`, `@provides` or
    `@fromContext` of this subgraph names it, or an interface it implements wants it. `provided`: some `@provides` of
    this subgraph names it, so that an external field can be resolved along that path.
    """

    type: TypeReference
    arguments: tuple[SubgraphArgument, ...] = ()
    default: Value | None = None
    external: bool = False
    marked_external: bool = False
    shareable: bool = False
    used: bool = False
    provided: bool = False
    requires: FieldSetText | None = None
    provides: FieldSetText | None = None
    override: Override | None = None
    inaccessible: bool = False
    context_uses: tuple[ContextUse, ...] = ()
    declaration: int = 0

    def argument(self, name: str) -> SubgraphArgument | None:
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphEnumValue(SubgraphElement):
    inaccessible: bool = False


@dataclass(frozen=True, slots=True)
class SubgraphKey:
    """A `@key`; `extension` when it stands on an `extend type` (or beside `@extends`) whose base is elsewhere."""

    fields: FieldSetText
    resolvable: bool = True
    extension: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphType(SubgraphElement):
    """A type of any kind; what its kind does not have is empty.

    `is_extension`: the document takes the type for another's (`extend type` or `@extends`); `has_base`: it defines
    the type itself, `@extends` or not.
    `fields` serve objects, interfaces and input types.
    """

    name: TypeName
    kind: TypeKind
    interfaces: tuple[TypeName, ...] = ()
    fields: Mapping[FieldName, SubgraphField] = field(default_factory=lambda: MappingProxyType({}))
    members: tuple[TypeName, ...] = ()
    values: Mapping[str, SubgraphEnumValue] = field(default_factory=lambda: MappingProxyType({}))
    keys: tuple[SubgraphKey, ...] = ()
    is_extension: bool = False
    has_base: bool = True
    is_interface_object: bool = False
    shareable: bool = False
    inaccessible: bool = False
    contexts: tuple[str, ...] = ()

    @property
    def is_composite(self) -> bool:
        return self.kind in {TypeKind.OBJECT, TypeKind.INTERFACE, TypeKind.UNION}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphDirectiveDefinition(SubgraphElement):
    """A directive that the document defines, under the name it has there; (`spec`, `canonical`) as for a use."""

    spec: str = ""
    canonical: str = ""
    locations: tuple[str, ...] = ()
    arguments: tuple[SubgraphArgument, ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class LinkedSpec:
    """A `@link` of the document. `imports` pairs (canonical name, name here), both with `@` for directives."""

    identity: str
    version: tuple[int, int]
    namespace: str
    imports: tuple[tuple[str, str], ...] = ()
    purpose: str | None = None
    url: str = ""
    at: int = 0


OriginAt = tuple[int, str]
"""The offset of an element, and where it stands in the code that the document was printed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgraph:
    """A document after reading: only its own types, none of GraphQL's or federation's.

    `federation` is (1, 0) for a document without a link to federation; such a document has been upgraded, so that its
    facts mean the same as in federation 2. `composed` are the directive names given to `@composeDirective`, with `@`.
    `origins`, sorted, are known only of documents that were printed from code.
    """

    name: SubgraphName
    url: str = ""
    text: str = ""
    origins: tuple[OriginAt, ...] = ()
    federation: tuple[int, int] = (2, 0)
    links: tuple[LinkedSpec, ...] = ()
    types: Mapping[TypeName, SubgraphType]
    directives: Mapping[str, SubgraphDirectiveDefinition] = field(
        default_factory=lambda: MappingProxyType({})
    )
    composed: tuple[DirectiveUse, ...] = ()
    schema_directives: tuple[DirectiveUse, ...] = ()
    schema_description: str | None = None

    @property
    def is_federation_1(self) -> bool:
        return self.federation[0] == 1

    def link(self, identity: str) -> LinkedSpec | None:
        return next((link for link in self.links if link.identity == identity), None)
