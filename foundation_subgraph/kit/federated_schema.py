"""A Strawberry federation schema without its traps: entities in batches, rules in force, names as the graph's."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import strawberry
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, parse, print_ast
from graphql.language import (
    DefinitionNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
)
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import Key
from strawberry.types.base import StrawberryObjectDefinition

from foundation_subgraph.kit.context import Info
from foundation_subgraph.kit.errors import SubgraphError
from foundation_subgraph.kit.field_sets import name_field_sets
from foundation_subgraph.kit.guarding import Rules, allowed, denial, guard, type_rules
from foundation_subgraph.kit.loading import (
    BAD_REPRESENTATION,
    Batched,
    ReferenceReader,
    reference_reader,
    sameness,
)

_FEDERATION_VERSION: Final = "2.9"
_MACHINERY_FIELDS = frozenset({"_entities", "_service"})
_MACHINERY_TYPES = frozenset({"_Any", "_Entity", "_Service", "_FieldSet", "link__Purpose", "link__Import"})


class FederatedSchema(strawberry.federation.Schema):
    """Strawberry's federation schema, with `_entities` resolved by batched declarations."""

    def __init__(
        self,
        *,
        query: type | None,
        mutation: type | None,
        subscription: type | None = None,
        types: Sequence[type],
        references: Sequence[Batched[Any, Any]],
    ) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            # Strawberry looks for entities in the types of fields, and there not into unions.
            types=[*types, *(declared.entity for declared in references)],
            federation_version=_FEDERATION_VERSION,
        )
        definitions = {
            name: kind.definition
            for name, kind in self.schema_converter.type_map.items()
            if isinstance(kind.definition, StrawberryObjectDefinition)
        }
        name_field_sets(definitions, self.config.name_converter)
        self._batches = {_entity_name(declared): _Batch(declared, self) for declared in references}
        _each_entity_has_its_batch(definitions, self._batches)
        self._leave_out_references()
        guard(self.executable)
        self._document = self._written_document()
        self._answer_service_with_sdl()

    @property
    def executable(self) -> GraphQLSchema:
        """The schema as graphql-core runs it."""
        return self._schema  # Strawberry has no public word for it

    def sdl(self) -> str:
        """The subgraph's document: what its authors wrote, without the fields and types of the machinery."""
        return self._document

    def _written_document(self) -> str:
        document = parse(self.as_str(), no_location=True)
        kept = (one for node in document.definitions if (one := _written(node)) is not None)
        return "\n\n".join(print_ast(one) for one in kept) + "\n"

    def _leave_out_references(self) -> None:
        """What is only referred to, by a key that is not resolvable, is none of `_Entity`, where Strawberry puts it."""
        union = self.executable.type_map.get("_Entity")
        if isinstance(union, GraphQLUnionType):
            union.types = tuple(each for each in union.types if each.name in self._batches)

    def _answer_service_with_sdl(self) -> None:
        """Let `_service { sdl }` give the document of `sdl()`; Strawberry's own holds the machinery as well."""
        service = self.executable.type_map["_Service"]
        assert isinstance(service, GraphQLObjectType)
        service.fields["sdl"].resolve = lambda _source, _info: self.sdl()

    async def entities_resolver(  # type: ignore[override] # Strawberry's is synchronous; both are awaited where needed
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """The entities, in the order of the representations; an exception stands for one that failed.

        graphql-core makes an exception in a list an error at its index, and null of the item alone.
        """
        results: list[object] = [None] * len(representations)
        places: dict[str, list[int]] = defaultdict(list)
        for index, representation in enumerate(representations):
            typename = representation.get("__typename") if isinstance(representation, Mapping) else None
            if isinstance(typename, str) and typename in self._batches:
                places[typename].append(index)
            else:
                results[index] = _not_an_entity(typename)
        for typename, indexes in places.items():
            # One type after another: they share the request's one connection.
            found = await self._batches[typename].load(info, [representations[index] for index in indexes])
            for index, result in zip(indexes, found, strict=True):
                results[index] = result
        return results  # type: ignore[return-value] # FederationAny is Strawberry's word for object


class _Batch:
    """A declaration together with what the schema knows about its entity."""

    def __init__(self, declared: Batched[Any, Any], schema: FederatedSchema) -> None:
        self.declared = declared
        self.reader: ReferenceReader = reference_reader(declared, schema.schema_converter)
        self.rules: Rules = type_rules(schema.executable.type_map[_entity_name(declared)])

    async def load(self, info: Info, representations: Sequence[Any]) -> list[object]:
        """As many results as representations; those that mean the same are looked up once."""
        if not allowed(self.rules, info.context.principal):
            return [denial() for _ in representations]
        results: list[object] = [None] * len(representations)
        references: list[object] = []
        waiting: dict[Hashable, list[int]] = {}
        for index, representation in enumerate(representations):
            try:
                reference = self.reader.read(representation)
            except GraphQLError as problem:
                results[index] = problem
                continue
            same = waiting.setdefault(sameness(reference), [])
            if not same:
                references.append(reference)
            same.append(index)
        if references:
            for indexes, result in zip(waiting.values(), await self._found(info, references), strict=True):
                for index in indexes:
                    results[index] = result
        return results

    async def _found(self, info: Info, references: Sequence[object]) -> Sequence[object]:
        try:
            found = await self.declared.load(info.context, references)
        except Exception as problem:  # noqa: BLE001 - other types of the same request go on
            return [problem] * len(references)
        if len(found) != len(references):
            name = getattr(self.declared.load, "__name__", "load")
            return [
                RuntimeError(f"{name} got {len(references)} references and gave {len(found)} results")
            ] * len(references)
        return found


def _entity_name(declared: Batched[Any, Any]) -> str:
    definition: StrawberryObjectDefinition = declared.entity.__strawberry_definition__
    return definition.name


def _not_an_entity(typename: object) -> GraphQLError:
    what = (
        f'"{typename}" is not an entity of this subgraph'
        if isinstance(typename, str)
        else "__typename is missing"
    )
    return GraphQLError(f"A representation is unusable: {what}", extensions={"code": BAD_REPRESENTATION})


def _each_entity_has_its_batch(
    definitions: Mapping[str, StrawberryObjectDefinition], batches: Mapping[str, _Batch]
) -> None:
    for name, definition in definitions.items():
        keys = [directive for directive in definition.directives or () if isinstance(directive, Key)]
        if (
            any(key.resolvable is not False for key in keys)
            and name not in batches
            and not definition.is_interface
        ):
            raise SubgraphError(
                f"{name} has a @key, but no function declared @batched({name}, ...) finds its entities"
            )
    for name in batches:
        if not any(isinstance(directive, Key) for directive in definitions[name].directives or ()):
            raise SubgraphError(f"a function is declared @batched({name}, ...), but {name} has no @key")


def _written(definition: DefinitionNode) -> DefinitionNode | SchemaExtensionNode | None:
    if isinstance(definition, SchemaDefinitionNode):
        # The roots bear their default names; a subgraph without queries could not even name its Query here.
        return SchemaExtensionNode(directives=definition.directives)
    name = getattr(definition, "name", None)
    if name is not None and name.value in _MACHINERY_TYPES:
        return None
    if isinstance(definition, ObjectTypeDefinitionNode) and definition.name.value == "Query":
        fields = tuple(
            field for field in definition.fields or () if field.name.value not in _MACHINERY_FIELDS
        )
        return _copy_with_fields(definition, fields) if fields else None
    return definition


def _copy_with_fields(
    definition: ObjectTypeDefinitionNode, fields: tuple[FieldDefinitionNode, ...]
) -> ObjectTypeDefinitionNode:
    return ObjectTypeDefinitionNode(
        name=definition.name,
        description=definition.description,
        directives=definition.directives,
        interfaces=definition.interfaces,
        fields=fields,
    )
