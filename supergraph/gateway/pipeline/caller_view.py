"""The snapshot as a caller may know it: what the caller's scopes do not open is not in the schema at all.

So introspection leaves it out, and asking for it is answered in the words for what is unknown. Policies decide by
arguments, which no schema has, so what only they guard stays visible and is denied when it is asked for.
"""

import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from supergraph.gateway.access_rules import AccessRules, Requirement
from supergraph.gateway.bounded_cache import BoundedCache
from supergraph.gateway.operation import Decision
from supergraph.gateway.snapshot import Snapshot, take_apart
from supergraph.spec import FieldName, Principal, Supergraph, TypeName, client_schema

_OPERATIONS_PER_VIEW: Final = 256
_CHARACTERS_PER_VIEW: Final = 1024 * 1024

Composite = GraphQLObjectType | GraphQLInterfaceType


def seen_by(principal: Principal, snapshot: Snapshot) -> Snapshot:
    """Built once for all callers of equal rights, of whom those seen last are kept."""
    if snapshot.access.is_empty:
        return snapshot
    rights = Decision(principal.is_authenticated, principal.scopes & snapshot.access.scopes)
    view = snapshot.views.get(rights)
    if view is None:
        api = visible_schema(snapshot.supergraph, snapshot.api, snapshot.access, rights)
        view = replace(
            snapshot,
            api=api,
            execution=replace(snapshot.execution, api=api),
            prepared=BoundedCache(entries=_OPERATIONS_PER_VIEW, weight=_CHARACTERS_PER_VIEW),
            planned=BoundedCache(entries=_OPERATIONS_PER_VIEW, weight=_CHARACTERS_PER_VIEW),
            views=BoundedCache(entries=1, weight=1),
        )
        # When nobody holds it any more. Its types name each other in circles, and nobody else has them.
        weakref.finalize(view, take_apart, (api,)).atexit = False
        snapshot.views.put(rights, view)
    return view


def visible_schema(
    supergraph: Supergraph, api: GraphQLSchema, rules: AccessRules, rights: Decision
) -> GraphQLSchema:
    """`api` without what these rights do not open, nor what could only be reached through that."""
    fields = _Visible(api, rules, rights).fields()
    types = dict(supergraph.types)
    for composite in supergraph.composites():
        kept = fields.get(composite.name, frozenset())
        if not kept and composite.name != supergraph.query:
            del types[composite.name]
            continue
        named = {name: field for name, field in composite.fields.items() if name in kept}
        types[composite.name] = replace(composite, fields=named)
    narrowed = client_schema(replace(supergraph, types=types))
    hidden = _reachable(api) - _reachable(narrowed)
    if not hidden:
        return narrowed
    return client_schema(
        replace(supergraph, types={name: each for name, each in types.items() if name not in hidden})
    )


@dataclass(slots=True)
class _Visible:
    api: GraphQLSchema
    rules: AccessRules
    rights: Decision

    def fields(self) -> Mapping[str, frozenset[str]]:
        """Of each object and interface, the fields to be seen; a type without any is not to be seen itself."""
        composites = [each for each in self.api.type_map.values() if isinstance(each, Composite)]
        found = {each.name: self._open_fields(each) for each in composites}
        while True:
            seen = {name for name, fields in found.items() if fields}
            narrowed = {
                each.name: frozenset(
                    name
                    for name in found[each.name]
                    if self._is_seen(get_named_type(each.fields[name].type), seen)
                    and self._is_implemented(each, name, found)
                )
                for each in composites
            }
            if narrowed == found:
                return found
            found = narrowed

    def _open_fields(self, composite: Composite) -> frozenset[str]:
        if not self._opens(self.rules.types.get(TypeName(composite.name), ())):
            return frozenset()
        return frozenset(
            name
            for name in composite.fields
            if self._opens(self.rules.fields.get((TypeName(composite.name), FieldName(name)), ()))
        )

    def _is_seen(self, named: GraphQLNamedType, seen: set[str]) -> bool:
        match named:
            case GraphQLObjectType() | GraphQLInterfaceType():
                return named.name in seen
            case GraphQLUnionType():
                return any(each.name in seen for each in named.types)
            case _:
                return self._opens(self.rules.types.get(TypeName(named.name), ()))

    def _is_implemented(self, owner: Composite, field: str, found: Mapping[str, frozenset[str]]) -> bool:
        """Whether each type of an interface, as far as it is seen itself, has the field: else it could not implement it."""
        if not isinstance(owner, GraphQLInterfaceType):
            return True
        implementing = self.api.get_implementations(owner)
        return all(
            field in found[each.name]
            for each in (*implementing.objects, *implementing.interfaces)
            if found[each.name]
        )

    def _opens(self, requirement: Requirement) -> bool:
        return all(
            rule.shortfall(
                authenticated=self.rights.authenticated,
                scopes=self.rights.scopes,
                granted=rule.policy_names,
            )
            is None
            for rule in requirement
        )


def _reachable(schema: GraphQLSchema) -> set[str]:
    """The names of all types that a client can come upon from the roots and the directives."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    waiting: list[GraphQLNamedType] = [each for each in roots if each is not None]
    for directive in schema.directives:
        waiting.extend(_types_of(directive.args.values()))
    found: set[str] = set()
    while waiting:
        named = waiting.pop()
        if named.name in found:
            continue
        found.add(named.name)
        match named:
            case GraphQLObjectType() | GraphQLInterfaceType():
                waiting.extend(named.interfaces)
                waiting.extend(_types_of(named.fields.values()))
                for field in named.fields.values():
                    waiting.extend(_types_of(field.args.values()))
                if isinstance(named, GraphQLInterfaceType):
                    waiting.extend(schema.get_implementations(named).objects)
            case GraphQLUnionType():
                waiting.extend(named.types)
            case GraphQLInputObjectType():
                waiting.extend(_types_of(named.fields.values()))
            case _:
                pass
    return found


def _types_of(
    elements: Iterable[GraphQLField | GraphQLArgument | GraphQLInputField],
) -> list[GraphQLNamedType]:
    return [get_named_type(each.type) for each in elements]
