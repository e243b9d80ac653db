"""Authorization directives across interfaces: whoever reads through an interface must be allowed to read behind it.

An interface and its fields get the requirements of all types that implement it, joined by "and". A field that an
interface object adds hands its own down to the implementations first.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from supergraph.composer.merge.authorization import (
    Requirement,
    TooManyAlternativesError,
    conjunction,
    print_requirement,
)
from supergraph.composer.merge.merging import TypeSource
from supergraph.spec import (
    AUTHENTICATED,
    POLICY,
    REQUIRES_SCOPES,
    AppliedDirective,
    CompositeType,
    Element,
    Field,
    FieldName,
    InterfaceType,
    Literal,
    ObjectType,
    Supergraph,
    SupergraphType,
    TypeName,
    print_value,
)

_RULES: Final = (
    (AUTHENTICATED, "authenticated", None),
    (REQUIRES_SCOPES, "requiresScopes", "scopes"),
    (POLICY, "policy", "policies"),
)

_Guarded = TypeVar("_Guarded", bound=Element)
Rules = Mapping[str, Requirement]
"""What it takes, by directive name in the supergraph; @authenticated takes nothing beyond itself."""


@dataclass(frozen=True, slots=True)
class AccessDirectives:
    """The authorization directives that a supergraph links: name there -> the argument that lists what it takes."""

    arguments: Mapping[str, str | None]

    def of(self, element: Element) -> Rules:
        found: dict[str, Requirement] = {}
        for each in element.directives:
            if each.name in self.arguments:
                argument = self.arguments[each.name]
                found[each.name] = read_literal(each.argument(argument)) if argument else frozenset()
        return found

    def put(self, element: _Guarded, rules: Rules) -> _Guarded:
        """The element with these rules and no others."""
        kept = tuple(each for each in element.directives if each.name not in self.arguments)
        given = tuple(
            AppliedDirective(
                name, ((argument, print_value(print_requirement(rules[name]))),) if argument else ()
            )
            for name, argument in self.arguments.items()
            if name in rules
        )
        return replace(element, directives=(*kept, *given))


def access_directives(supergraph: Supergraph) -> AccessDirectives:
    return AccessDirectives(
        {
            name: argument
            for identity, canonical, argument in _RULES
            if (name := supergraph.directive_name(identity, canonical)) is not None
        }
    )


def read_literal(literal: Literal | None) -> Requirement:
    """Lists of lists of strings look the same in GraphQL and JSON."""
    return frozenset(frozenset(alternative) for alternative in json.loads(literal or "[]"))


def join_rules(rules: Iterable[Rules]) -> Rules:
    """All of them at once."""
    gathered: dict[str, list[Requirement]] = {}
    for each in rules:
        for name, requirement in each.items():
            gathered.setdefault(name, []).append(requirement)
    return {name: conjunction(requirements) for name, requirements in gathered.items()}


def spread_access_rules(
    supergraph: Supergraph, interface_objects: Mapping[TypeName, Sequence[TypeSource]]
) -> tuple[Supergraph, list[str]]:
    """Carry rules down from interface objects and up to interfaces.

    Also the coordinates where differing rules of implementations were joined. Raises TooManyAlternativesError.
    """
    access = access_directives(supergraph)
    if not access.arguments:
        return supergraph, []
    types = dict(supergraph.types)
    for name in interface_objects:
        interface = types.get(name)
        if isinstance(interface, InterfaceType):
            types.update(_carried_down(access, interface, types.values()))
    differing: list[str] = []
    lifted = {
        name: _lifted(access, definition, types.values(), differing)
        if isinstance(definition, InterfaceType)
        else definition
        for name, definition in types.items()
    }
    return replace(supergraph, types=lifted), differing


def _carried_down(
    access: AccessDirectives, interface: InterfaceType, types: Iterable[SupergraphType]
) -> dict[TypeName, SupergraphType]:
    guarded = {name: rules for name, field in interface.fields.items() if (rules := access.of(field))}
    if not guarded:
        return {}
    return {
        definition.name: replace(definition, fields=_guard_fields(access, definition, guarded))
        for definition in types
        if isinstance(definition, ObjectType) and interface.name in definition.interfaces
    }


def _guard_fields(
    access: AccessDirectives, definition: CompositeType, guarded: Mapping[FieldName, Rules]
) -> dict[FieldName, Field]:
    return {
        name: access.put(field, join_rules((access.of(field), guarded[name]))) if name in guarded else field
        for name, field in definition.fields.items()
    }


def _lifted(
    access: AccessDirectives,
    interface: InterfaceType,
    types: Iterable[SupergraphType],
    differing: list[str],
) -> InterfaceType:
    implementations = [
        each for each in types if isinstance(each, ObjectType) and interface.name in each.interfaces
    ]
    rules = _joined(access, interface, implementations, interface.name, differing)
    fields = {
        name: _joined(
            access,
            field,
            [each.fields[name] for each in implementations if name in each.fields],
            f"{interface.name}.{name}",
            differing,
        )
        for name, field in interface.fields.items()
    }
    return replace(rules, fields=fields)


def _joined(
    access: AccessDirectives,
    element: _Guarded,
    behind: Sequence[Element],
    at: str,
    differing: list[str],
) -> _Guarded:
    found = [rules for each in behind if (rules := access.of(each))]
    if not found:
        return element
    if any(len({rules[name] for rules in found if name in rules}) > 1 for name in access.arguments):
        differing.append(at)
    try:
        return access.put(element, join_rules((access.of(element), *found)))
    except TooManyAlternativesError as error:
        raise TooManyAlternativesError(f"{at}: {error}") from error
