"""Definitions of a document -> Subgraph without facts: extensions folded in, names resolved, root types renamed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import (
    DirectiveUse,
    Subgraph,
    SubgraphArgument,
    SubgraphDirectiveDefinition,
    SubgraphEnumValue,
    SubgraphField,
    SubgraphType,
    TypeKind,
)
from supergraph.spec import (
    BUILT_IN_SCALARS,
    FEDERATION,
    NULL,
    SUBGRAPH_MACHINERY_FIELDS,
    DefinedKind,
    Definition,
    DirectiveDefinitionSyntax,
    DirectiveSyntax,
    FieldName,
    InputSyntax,
    ListOf,
    ListValue,
    Named,
    NameSyntax,
    NonNull,
    SchemaSyntax,
    SubgraphName,
    TypeName,
    TypeReference,
    TypeSyntax,
    Value,
)

_KINDS: Final = {
    DefinedKind.SCALAR: TypeKind.SCALAR,
    DefinedKind.OBJECT: TypeKind.OBJECT,
    DefinedKind.INTERFACE: TypeKind.INTERFACE,
    DefinedKind.UNION: TypeKind.UNION,
    DefinedKind.ENUM: TypeKind.ENUM,
    DefinedKind.INPUT_OBJECT: TypeKind.INPUT_OBJECT,
}
ROOT_NAMES: Final = MappingProxyType(
    {
        "query": TypeName("Query"),
        "mutation": TypeName("Mutation"),
        "subscription": TypeName("Subscription"),
    }
)


_LISTS_OF_LISTS: Final = frozenset({"requiresScopes", "policy"})


def _list_of_lists(value: Value) -> Value:
    if value == NULL:
        return value
    outer = value.values if isinstance(value, ListValue) else (value,)
    return ListValue(
        tuple(each if isinstance(each, ListValue) or each == NULL else ListValue((each,)) for each in outer)
    )


@dataclass(slots=True)
class Folding:
    """One document on its way to a Subgraph. `problems` are (why, offset) pairs of invalid GraphQL.

    `repeated_fields` are too, and are told before anything else: whatever is linked, such a type says nothing.
    `root_names_taken`: (operation, its root) where another type has the root's usual name.
    """

    linking: Linking
    problems: list[tuple[str, int]] = field(default_factory=list)
    repeated_fields: list[tuple[str, int]] = field(default_factory=list)
    root_names_taken: list[tuple[str, NameSyntax]] = field(default_factory=list)
    renamed: dict[str, TypeName] = field(default_factory=dict)
    _references: dict[TypeReference, TypeReference] = field(default_factory=dict)

    def fold(self, definitions: Sequence[Definition], name: SubgraphName, url: str, text: str) -> Subgraph:
        types: dict[str, list[TypeSyntax]] = {}
        directives: dict[str, SubgraphDirectiveDefinition] = {}
        schemas: list[SchemaSyntax] = []
        for definition in definitions:
            match definition:
                case TypeSyntax():
                    types.setdefault(definition.name, []).append(definition)
                case SchemaSyntax():
                    schemas.append(definition)
                case DirectiveDefinitionSyntax():
                    if definition.name in directives:
                        self._problem(f"the directive @{definition.name} is defined twice", definition.at)
                    else:
                        directives[definition.name] = self._directive_definition(definition)
                case _:
                    self._problem("an operation or fragment stands among the types", definition.at)
        for again in [schema for schema in schemas if not schema.extends][1:]:
            self._problem("the schema is defined twice", again.at)
        roots = self._roots(schemas, types)
        self.renamed = {custom: ROOT_NAMES[operation] for operation, custom in roots.items()}
        folded = {}
        for type_name, parts in types.items():
            if type_name in BUILT_IN_SCALARS:
                # GraphQL has it already. Saying so again does no harm; saying otherwise does.
                if any(part.kind is not DefinedKind.SCALAR for part in parts):
                    self._problem(f"{type_name} is a scalar of GraphQL's own", parts[0].at)
                continue
            made = self._type(TypeName(self.renamed.get(type_name, type_name)), parts)
            folded[made.name] = made
        uses = tuple(
            use for number, schema in enumerate(schemas) for use in self._uses(schema.directives, number)
        )
        return Subgraph(
            name=name,
            url=url,
            text=text,
            federation=self.linking.version,
            links=self.linking.links,
            types=MappingProxyType(folded),
            directives=MappingProxyType(directives),
            schema_directives=uses,
            schema_description=next((each.description for each in schemas if each.description), None),
        )

    def _problem(self, why: str, at: int) -> None:
        self.problems.append((why, at))

    def _roots(self, schemas: Sequence[SchemaSyntax], types: dict[str, list[TypeSyntax]]) -> dict[str, str]:
        """Operation -> the type that the document gives it, where that is not the usual name."""
        custom: dict[str, str] = {}
        named: dict[str, NameSyntax] = {}
        for schema in schemas:
            for operation, root in schema.roots:
                if operation in named and named[operation].name != root.name:
                    self._problem(f"two types are given for {operation}", root.at)
                named.setdefault(operation, root)
        for operation, root in named.items():
            if root.name not in types:
                self._problem(f"the {operation} root {root.name} is not defined", root.at)
            elif types[root.name][0].kind is not DefinedKind.OBJECT:
                self._problem(f"the {operation} root {root.name} is not an object type", root.at)
            elif root.name != ROOT_NAMES[operation]:
                if ROOT_NAMES[operation] in types:
                    self.root_names_taken.append((operation, root))
                elif root.name in custom.values():
                    self._problem(f"{root.name} is the root of two kinds of operation", root.at)
                else:
                    custom[operation] = root.name
        for operation, usual in ROOT_NAMES.items():
            if operation not in named and usual in types and types[usual][0].kind is not DefinedKind.OBJECT:
                self._problem(
                    f"{usual} is the root of its operation, so it must be an object type", types[usual][0].at
                )
        return custom

    def _type(self, name: TypeName, parts: Sequence[TypeSyntax]) -> SubgraphType:
        """Fold the definition and its extensions into one. The definition counts as declaration 0."""
        definitions = [part for part in parts if not part.extends]
        for again in definitions[1:]:
            self._problem(f"the type {again.name} is defined twice", again.at)
        ordered = definitions[:1] + [part for part in parts if part.extends]
        first = ordered[0]
        offset = 0 if definitions else 1
        for part in ordered[1:]:
            if part.kind is not first.kind:
                self._problem(f"{part.name} is a {first.kind}, and is extended as a {part.kind}", part.at)
        numbered = [(number, part) for number, part in enumerate(ordered, offset) if part.kind is first.kind]
        return SubgraphType(
            name=name,
            kind=_KINDS[first.kind],
            description=next((part.description for part in ordered if part.description), None),
            directives=tuple(use for number, part in numbered for use in self._uses(part.directives, number)),
            at=first.at,
            interfaces=tuple(
                TypeName(each)
                for each in self._names(
                    (each for part in ordered for each in part.interfaces), f"{first.name} implements"
                )
            ),
            fields=MappingProxyType(self._fields(name, numbered)),
            members=tuple(
                TypeName(self.renamed.get(each, each))
                for each in self._names(
                    (each for part in ordered for each in part.members), f"the union {first.name} has"
                )
            ),
            values=MappingProxyType(self._values(ordered)),
            is_extension=not definitions,
            has_base=bool(definitions),
        )

    def _names(self, names: Iterable[NameSyntax], what: str) -> Iterator[str]:
        seen: set[str] = set()
        for each in names:
            if each.name in seen:
                self._problem(f"{what} {each.name} twice", each.at)
            else:
                seen.add(each.name)
                yield each.name

    def _fields(
        self, owner: TypeName, parts: Sequence[tuple[int, TypeSyntax]]
    ) -> dict[FieldName, SubgraphField]:
        fields: dict[FieldName, SubgraphField] = {}
        for number, part in parts:
            for each in part.fields:
                name = FieldName(each.name)
                if name in fields:
                    self.repeated_fields.append((f"the field {owner}.{name} is defined twice", each.at))
                    continue
                if owner == "Query" and name in SUBGRAPH_MACHINERY_FIELDS:
                    continue
                fields[name] = SubgraphField(
                    name=each.name,
                    description=each.description,
                    directives=self._uses(each.directives, number) if each.directives else (),
                    at=each.at,
                    type=self._reference(each.type),
                    arguments=self._arguments(each.arguments, f"{owner}.{name}") if each.arguments else (),
                    declaration=number,
                )
            for given in part.inputs:
                name = FieldName(given.name)
                if name in fields:
                    self.repeated_fields.append((f"the field {owner}.{name} is defined twice", given.at))
                    continue
                fields[name] = SubgraphField(
                    name=given.name,
                    description=given.description,
                    directives=self._uses(given.directives, number) if given.directives else (),
                    at=given.at,
                    type=self._reference(given.type),
                    default=given.default,
                    declaration=number,
                )
        return fields

    def _values(self, parts: Sequence[TypeSyntax]) -> dict[str, SubgraphEnumValue]:
        values: dict[str, SubgraphEnumValue] = {}
        for number, part in enumerate(parts):
            for each in part.values:
                if each.name in values:
                    self._problem(f"the enum value {part.name}.{each.name} is defined twice", each.at)
                else:
                    values[each.name] = SubgraphEnumValue(
                        name=each.name,
                        description=each.description,
                        directives=self._uses(each.directives, number),
                        at=each.at,
                    )
        return values

    def _arguments(self, inputs: Sequence[InputSyntax], owner: str) -> tuple[SubgraphArgument, ...]:
        arguments: dict[str, SubgraphArgument] = {}
        for each in inputs:
            if each.name in arguments:
                self._problem(f"the argument {owner}({each.name}:) is defined twice", each.at)
            else:
                arguments[each.name] = SubgraphArgument(
                    name=each.name,
                    description=each.description,
                    directives=self._uses(each.directives, 0) if each.directives else (),
                    at=each.at,
                    type=self._reference(each.type),
                    default=each.default,
                )
        return tuple(arguments.values())

    def _directive_definition(self, syntax: DirectiveDefinitionSyntax) -> SubgraphDirectiveDefinition:
        spec, canonical = self.linking.meaning(syntax.name)
        return SubgraphDirectiveDefinition(
            name=syntax.name,
            description=syntax.description,
            at=syntax.at,
            spec=spec,
            canonical=canonical,
            locations=tuple(location.name for location in syntax.locations),
            arguments=self._arguments(syntax.arguments, f"@{syntax.name}"),
            repeatable=syntax.repeatable,
        )

    def _uses(self, directives: Sequence[DirectiveSyntax], declaration: int) -> tuple[DirectiveUse, ...]:
        return tuple([self._use(each, declaration) for each in directives])

    def _use(self, syntax: DirectiveSyntax, declaration: int) -> DirectiveUse:
        spec, canonical = self.linking.meaning(syntax.name)
        arguments = syntax.arguments
        if canonical in _LISTS_OF_LISTS and spec == FEDERATION:
            # GraphQL takes "a" for [["a"]]; whoever enforces the rule should not have to.
            arguments = tuple((name, _list_of_lists(value)) for name, value in arguments)
        return DirectiveUse(syntax.name, spec, canonical, arguments, syntax.at, declaration)

    def _reference(self, type_: TypeReference) -> TypeReference:
        """The same type with root types under their usual names; equal types become one object."""
        if not self.renamed:
            return type_
        found = self._references.get(type_)
        if found is None:
            match type_:
                case Named(name):
                    found = Named(self.renamed.get(name, name))
                case ListOf(inner):
                    found = ListOf(self._reference(inner))
                case NonNull(inner):
                    made = self._reference(inner)
                    assert not isinstance(made, NonNull)
                    found = NonNull(made)
            self._references[type_] = found
        return found
