"""The supergraph as a frozen value: types, fields, and which subgraph can resolve what, by which key.

It says exactly what a document of the join specification says, in a normal form: every field of an object, interface
or input type names each subgraph that has it, even where a document may leave `@join__field` out.
`supergraph_sdl` reads and prints it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NewType

from supergraph.spec.names import FieldName, GraphName, SubgraphName, TypeName
from supergraph.spec.type_reference import TypeReference

Literal = NewType("Literal", str)
"""A constant value as the GraphQL language writes it, printed canonically: `{a: [1, "x", RED]}`."""

FieldSetText = NewType("FieldSetText", str)
"""A selection without its outer braces, printed canonically on one line: `id organization { id }`."""


@dataclass(frozen=True, slots=True)
class JoinGraph:
    """One subgraph: its own name, its value in `join__Graph`, and its address (empty when it has none)."""

    name: SubgraphName
    graph: GraphName
    url: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One `@link` of the supergraph document. `imports` pairs the name in the specification with ours."""

    url: str
    alias: str | None = None
    purpose: str | None = None
    imports: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> str:
        """The address without its version: `https://specs.apollo.dev/tag`."""
        return self.url.rsplit("/", 1)[0]

    @property
    def namespace(self) -> str:
        """What the specification's elements are called by here: `tag` or its `as:`."""
        return self.alias or self.identity.rsplit("/", 1)[-1]

    def directive_name(self, canonical: str) -> str:
        """What the document calls the specification's directive, without `@`: its import, else by the namespace."""
        for name, ours in self.imports:
            if name == f"@{canonical}":
                return ours.removeprefix("@")
        return (
            self.namespace
            if canonical == self.identity.rsplit("/", 1)[-1]
            else f"{self.namespace}__{canonical}"
        )

    def owns(self, name: str) -> bool:
        """Whether the specification brought in the type, or with `@` the directive, that the document calls `name`."""
        return (
            name.removeprefix("@").startswith(f"{self.namespace}__")
            or name == f"@{self.namespace}"
            or any(ours == name for _, ours in self.imports)
        )


@dataclass(frozen=True, slots=True)
class AppliedDirective:
    """A directive on an element of the supergraph, named as its document names it, without `@`.

    The join specification's own directives never stand here: they are the fields of these classes.
    """

    name: str
    arguments: tuple[tuple[str, Literal], ...] = ()

    def argument(self, name: str) -> Literal | None:
        return next((value for key, value in self.arguments if key == name), None)


@dataclass(frozen=True, slots=True)
class SubgraphDirective:
    """`@join__directive`: a directive that only its subgraphs understand (connectors, for one)."""

    graphs: tuple[GraphName, ...]
    name: str
    arguments: Literal | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A `@key`. One that is not resolvable may be handed to others but never asked of its own subgraph."""

    fields: FieldSetText
    resolvable: bool = True
    extension: bool = False


@dataclass(frozen=True, slots=True)
class TypeJoin:
    """That a subgraph has a type. `is_interface_object`: an object there, an interface in the supergraph."""

    graph: GraphName
    keys: tuple[Key, ...] = ()
    is_interface_object: bool = False
    extension: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument that the planner fills from a field set on a parent: `@fromContext`."""

    context: str
    name: str
    type: TypeReference
    selection: str


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """That a subgraph has a field, and how.

    `type` is the field's type there, only where it differs from the merged one. `external`: it is there to be named
    in field sets, and resolved only along a path that `provides` it. `used_overridden`: another subgraph took
    the field over, but a field set here still names it. `override` names that other subgraph, as its owners wrote it.
    """

    graph: GraphName
    type: TypeReference | None = None
    external: bool = False
    requires: FieldSetText | None = None
    provides: FieldSetText | None = None
    override: str | None = None
    override_label: str | None = None
    used_overridden: bool = False
    context_arguments: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What every named thing of a schema may carry."""

    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    subgraph_directives: tuple[SubgraphDirective, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument(Element):
    name: str
    type: TypeReference
    default: Literal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Element):
    """A field of an object or interface.

    `joins` is empty only for a field that no subgraph resolves by itself: one that an implementing object got
    from an `@interfaceObject`, which is resolved through the interface.
    """

    name: FieldName
    type: TypeReference
    arguments: tuple[Argument, ...] = ()
    joins: tuple[FieldJoin, ...] = ()

    def join(self, graph: GraphName) -> FieldJoin | None:
        return next((join for join in self.joins if join.graph == graph), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField(Element):
    name: FieldName
    type: TypeReference
    default: Literal | None = None
    joins: tuple[FieldJoin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue(Element):
    name: str
    graphs: tuple[GraphName, ...] = ()


@dataclass(frozen=True, slots=True)
class Implements:
    """That a type implements an interface in one subgraph."""

    graph: GraphName
    interface: TypeName


@dataclass(frozen=True, slots=True)
class UnionMember:
    graph: GraphName
    member: TypeName


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDefinition(Element):
    name: TypeName
    joins: tuple[TypeJoin, ...] = ()

    @property
    def graphs(self) -> tuple[GraphName, ...]:
        """The subgraphs that have the type, in the order of the document."""
        return tuple(join.graph for join in self.joins)

    def join(self, graph: GraphName) -> TypeJoin | None:
        return next((join for join in self.joins if join.graph == graph), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarType(TypeDefinition):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeType(TypeDefinition):
    """What objects and interfaces share. `interfaces` are those of the merged type, in order."""

    interfaces: tuple[TypeName, ...] = ()
    implements: tuple[Implements, ...] = ()
    fields: Mapping[FieldName, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType(CompositeType):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceType(CompositeType):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionType(TypeDefinition):
    """`members` of the merged type, in order; `member_joins` say which subgraph has which."""

    members: tuple[TypeName, ...] = ()
    member_joins: tuple[UnionMember, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType(TypeDefinition):
    values: Mapping[str, EnumValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputObjectType(TypeDefinition):
    fields: Mapping[FieldName, InputField] = field(default_factory=dict)


SupergraphType = ScalarType | ObjectType | InterfaceType | UnionType | EnumType | InputObjectType


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveDefinition:
    """A directive clients may use, or one that `@composeDirective` or a linked specification brought in."""

    name: str
    locations: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    repeatable: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supergraph:
    """All types and links but the built-in scalars and what the link and join specifications define themselves."""

    graphs: Mapping[GraphName, JoinGraph]
    types: Mapping[TypeName, SupergraphType]
    query: TypeName | None = None
    mutation: TypeName | None = None
    subscription: TypeName | None = None
    links: tuple[Link, ...] = ()
    directives: Mapping[str, DirectiveDefinition] = field(default_factory=dict)
    schema: Element = field(default_factory=Element)

    def link(self, identity: str) -> Link | None:
        """The link to a specification by its address without version, whatever it is called here."""
        return next((link for link in self.links if link.identity == identity), None)

    def directive_name(self, identity: str, canonical: str) -> str | None:
        """What the document calls a specification's directive; None when it does not link the specification."""
        link = self.link(identity)
        return None if link is None else link.directive_name(canonical)

    def is_of_linked_specification(self, name: str) -> bool:
        """Whether a type, or with `@` a directive, belongs to a linked specification and not to a subgraph."""
        return any(link.owns(name) for link in self.links)

    def composite(self, name: TypeName) -> ObjectType | InterfaceType | None:
        found = self.types.get(name)
        return found if isinstance(found, ObjectType | InterfaceType) else None

    def composites(self) -> Iterator[ObjectType | InterfaceType]:
        for definition in self.types.values():
            if isinstance(definition, ObjectType | InterfaceType):
                yield definition

    def possible_types(self, name: TypeName) -> tuple[TypeName, ...]:
        """The object types a value of this type may have, in the document's order; itself for an object."""
        match self.types.get(name):
            case ObjectType():
                return (name,)
            case UnionType(members=members):
                return members
            case InterfaceType():
                return tuple(
                    each.name
                    for each in self.types.values()
                    if isinstance(each, ObjectType) and name in each.interfaces
                )
            case _:
                return ()


BUILT_IN_SCALARS: Final = frozenset(TypeName(name) for name in ("Int", "Float", "String", "Boolean", "ID"))
