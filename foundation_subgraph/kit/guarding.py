"""Rules enforced where the data is: every field asks for what its schema prints, whoever called and however."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
)
from strawberry.federation.schema_directives import Authenticated, Policy, RequiresScopes

from foundation_subgraph.kit.context import RequestContext
from foundation_subgraph.kit.errors import SubgraphError
from supergraph.spec import Principal

UNAUTHORIZED: Final = "UNAUTHORIZED_FIELD_OR_TYPE"
_DEFINITION: Final = "strawberry-definition"
_MACHINERY: Final = frozenset({"_entities", "_service"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What one directive asks: somebody signed in, who holds all scopes of one alternative (where there are any)."""

    alternatives: tuple[frozenset[str], ...] = ()

    def allows(self, principal: Principal) -> bool:
        if not principal.is_authenticated:
            return False
        return not self.alternatives or any(needed <= principal.scopes for needed in self.alternatives)


Rules = tuple[Rule, ...]
"""Rules that must all allow."""


def denial() -> GraphQLError:
    """The error of a field that may not be seen. It says nothing about the field, nor what would be needed."""
    return GraphQLError("Unauthorized field or type", extensions={"code": UNAUTHORIZED})


def allowed(rules: Rules, principal: Principal) -> bool:
    return all(rule.allows(principal) for rule in rules)


def guard(schema: GraphQLSchema) -> None:
    """Put each field of a schema, just built and used nowhere yet, behind the rules that concern it.

    Those of the field, of the type it is on, of the type it returns, and of interfaces: a returned interface asks
    for what any of its implementers asks, an implementer for what its interfaces ask.
    """
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                if not (kind is schema.query_type and name in _MACHINERY):
                    _guard_field(field, _field_rules(schema, kind, name, field))


def scopes_named(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every scope that a rule of the schema names, with the coordinate of the rule."""
    for kind in schema.type_map.values():
        for rule in type_rules(kind):
            for alternative in rule.alternatives:
                yield from ((kind.name, scope) for scope in sorted(alternative))
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                for rule in _rules(field.extensions, f"{kind.name}.{name}"):
                    for alternative in rule.alternatives:
                        yield from ((f"{kind.name}.{name}", scope) for scope in sorted(alternative))


def type_rules(kind: GraphQLNamedType) -> Rules:
    """The rules on the type itself."""
    return _rules(kind.extensions, kind.name)


def _field_rules(schema: GraphQLSchema, parent: GraphQLObjectType, name: str, field: GraphQLField) -> Rules:
    found = [*type_rules(parent), *_rules(field.extensions, f"{parent.name}.{name}")]
    for interface in parent.interfaces:
        found += type_rules(interface)
        if name in interface.fields:
            found += _rules(interface.fields[name].extensions, f"{interface.name}.{name}")
    returned = get_named_type(field.type)
    found += type_rules(returned)
    if isinstance(returned, GraphQLInterfaceType):
        for implementer in schema.get_implementations(returned).objects:
            found += type_rules(implementer)
    return tuple(dict.fromkeys(found))


def _rules(extensions: Mapping[str, Any], coordinate: str) -> Rules:
    directives: Iterable[object] = getattr(extensions.get(_DEFINITION), "directives", None) or ()
    found: list[Rule] = []
    for directive in directives:
        match directive:
            case Authenticated():
                found.append(Rule())
            case RequiresScopes(scopes=scopes):
                if not scopes or not all(scopes):
                    raise SubgraphError(
                        f"{coordinate}: @requiresScopes without a scope would let everybody in"
                    )
                found.append(Rule(tuple(frozenset(alternative) for alternative in scopes)))
            case Policy():
                raise SubgraphError(
                    f"{coordinate}: @policy cannot be enforced in a subgraph; use requires(...)"
                )
            case _:
                pass
    return tuple(found)


def _guard_field(field: GraphQLField, rules: Rules) -> None:
    resolve, subscribe = field.resolve, field.subscribe
    if not rules:
        return
    assert resolve is not None, "Strawberry gives every field a resolver"
    field.resolve = _guarded(resolve, rules)
    if subscribe is not None:
        field.subscribe = _guarded(subscribe, rules)


def _guarded(resolve: Callable[..., Any], rules: Rules) -> Callable[..., Any]:
    def guarded(source: object, info: GraphQLResolveInfo[RequestContext], **arguments: object) -> object:
        if not allowed(rules, info.context.principal):
            raise denial()
        return resolve(source, info, **arguments)

    return guarded
