"""Who may see what: the authorization directives of a supergraph, read through `@link`, and what they ask for.

Read: `@authenticated`, `@requiresScopes` and `@policy` on fields, objects, interfaces, scalars and enums. All rules
that stand on one element must hold; within a rule the inner lists are AND, the outer list is OR.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError, parse_const_value, value_from_ast_untyped

from supergraph.spec import (
    AUTHENTICATED,
    POLICY,
    REQUIRES_SCOPES,
    AppliedDirective,
    Coordinate,
    FieldName,
    InterfaceType,
    Literal,
    Supergraph,
    TypeName,
)

_DIRECTIVES: Final = {
    AUTHENTICATED: "authenticated",
    REQUIRES_SCOPES: "requiresScopes",
    POLICY: "policy",
}
_IMPLICATION_BUDGET: Final = 4096

Alternatives = tuple[frozenset[str], ...]
"""OR of ANDs. Nobody passes an empty one, nor through an empty alternative: a rule that asks nothing is a mistake."""


class InvalidAccessRuleError(ValueError):
    """An authorization directive that cannot be enforced as it stands. The message says where and why."""


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What stands on one element: `at` is a type or a field.

    `scopes` and `policies` are None where that directive does not stand there.
    """

    at: Coordinate
    authenticated: bool = False
    scopes: Alternatives | None = None
    policies: Alternatives | None = None

    @property
    def policy_names(self) -> frozenset[str]:
        return frozenset(name for alternative in self.policies or () for name in alternative)

    def shortfall(
        self, *, authenticated: bool, scopes: frozenset[str], granted: frozenset[str]
    ) -> "Shortfall | None":
        """What a caller lacks to pass; None for who passes. `granted` are the policies that hold here."""
        sign_in = self.authenticated and not authenticated
        of_scopes = _lacking(self.scopes, scopes)
        of_policies = _lacking(self.policies, granted)
        if not sign_in and of_scopes is None and of_policies is None:
            return None
        return Shortfall(self, sign_in, of_scopes, of_policies)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a rule keeps a caller out: not signed in; no alternative's scopes held; no alternative's policies true.

    `scopes` and `policies` hold what lacks of each alternative, and None where nothing does.
    """

    rule: AccessRule
    sign_in: bool
    scopes: Alternatives | None
    policies: Alternatives | None


Requirement = tuple[AccessRule, ...]
"""Rules that must all hold; without any, everybody passes."""


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What each element of a supergraph asks for; elements that ask for nothing are left out.

    `fields` holds, for a field of an interface, the rules of every implementing type's field too. `types` holds, for
    an interface, the rules of every implementing type too: what is selected on it directly may come from any of them.
    `own` are an interface's own rules as far as they ask more than its implementing types do together; they hold even
    where only fragments are selected on it. `scopes` are all that any rule names.
    """

    fields: Mapping[tuple[TypeName, FieldName], Requirement]
    types: Mapping[TypeName, Requirement]
    own: Mapping[TypeName, Requirement]
    scopes: frozenset[str]

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.types)

    def rules(self) -> Iterator[AccessRule]:
        """Every rule, some more than once."""
        for requirement in (*self.fields.values(), *self.types.values()):
            yield from requirement


def read_access_rules(supergraph: Supergraph) -> AccessRules:
    """Raises InvalidAccessRuleError: a rule that cannot be read must not be dropped."""
    names = _directive_names(supergraph)
    on_types = {
        name: rule
        for name, definition in supergraph.types.items()
        if (rule := _read_rule(Coordinate(name), definition.directives, supergraph, names)) is not None
    }
    on_fields = {
        (definition.name, field.name): rule
        for definition in supergraph.composites()
        for field in definition.fields.values()
        if (
            rule := _read_rule(
                Coordinate(f"{definition.name}.{field.name}"), field.directives, supergraph, names
            )
        )
        is not None
    }
    fields: dict[tuple[TypeName, FieldName], Requirement] = {
        place: (rule,) for place, rule in on_fields.items()
    }
    types: dict[TypeName, Requirement] = {name: (rule,) for name, rule in on_types.items()}
    own: dict[TypeName, Requirement] = dict(types)
    for interface in supergraph.composites():
        if not isinstance(interface, InterfaceType):
            continue
        implementing = supergraph.possible_types(interface.name)
        for field_name in interface.fields:
            inherited = _unique(on_fields.get((each, field_name)) for each in implementing)
            rule = on_fields.get((interface.name, field_name))
            if (
                rules := inherited
                if rule is None or _implies(inherited, rule)
                else _unique((rule, *inherited))
            ):
                fields[interface.name, field_name] = rules
        inherited = _unique(on_types.get(each) for each in implementing)
        rule = on_types.get(interface.name)
        if rule is not None and _implies(inherited, rule):
            types[interface.name] = inherited
            del own[interface.name]
        elif rules := _unique((rule, *inherited)):
            types[interface.name] = rules
    scopes = (rule.scopes or () for rule in (*on_types.values(), *on_fields.values()))
    return AccessRules(fields, types, own, frozenset().union(*itertools.chain.from_iterable(scopes)))


def _unique(rules: Iterable[AccessRule | None]) -> Requirement:
    """Of rules that ask the same, the first. A policy may answer differently for each place, so it is asked for each."""
    found: dict[object, AccessRule] = {}
    for rule in rules:
        if rule is not None:
            place = rule.at if rule.policies is not None else None
            found.setdefault((rule.authenticated, rule.scopes, rule.policies, place), rule)
    return tuple(found.values())


def _lacking(alternatives: Alternatives | None, held: frozenset[str]) -> Alternatives | None:
    if alternatives is None or _passes(alternatives, held):
        return None
    return tuple(each - held for each in alternatives)


def _passes(alternatives: Alternatives, held: frozenset[str]) -> bool:
    return any(alternative and alternative <= held for alternative in alternatives)


def _directive_names(supergraph: Supergraph) -> Mapping[str, str]:
    """What the document calls each of the directives -> what the specification calls it."""
    names: dict[str, str] = {}
    for link in supergraph.links:
        canonical = _DIRECTIVES.get(link.identity)
        if canonical is not None:
            names[link.directive_name(canonical)] = canonical
            names[f"{link.namespace}__{canonical}"] = canonical
    return names


def _read_rule(
    at: Coordinate,
    directives: tuple[AppliedDirective, ...],
    supergraph: Supergraph,
    names: Mapping[str, str],
) -> AccessRule | None:
    authenticated = False
    scopes: Alternatives | None = None
    policies: Alternatives | None = None
    for directive in directives:
        canonical = names.get(directive.name)
        match canonical:
            case "authenticated":
                authenticated = True
            case "requiresScopes":
                scopes = _alternatives(at, directive, "scopes")
            case "policy":
                policies = _alternatives(at, directive, "policies")
            case _:
                _refuse_unlinked(at, directive, supergraph)
    if not authenticated and scopes is None and policies is None:
        return None
    return AccessRule(at, authenticated, scopes, policies)


def _refuse_unlinked(at: str, directive: AppliedDirective, supergraph: Supergraph) -> None:
    """A directive of one of our names that no specification brought in: somebody believes it protects something."""
    if directive.name in _DIRECTIVES.values() and not supergraph.is_of_linked_specification(
        f"@{directive.name}"
    ):
        raise InvalidAccessRuleError(
            f"{at}: @{directive.name} is not bound to a specification by @link, so nothing would enforce it; "
            "link the specification in the supergraph or rename the directive"
        )


def _alternatives(at: str, directive: AppliedDirective, argument: str) -> Alternatives:
    literal = directive.argument(argument)
    value = None if literal is None else _plain_value(literal)
    if not isinstance(value, list) or not all(
        isinstance(each, list) and all(isinstance(name, str) for name in each) for each in value
    ):
        raise InvalidAccessRuleError(
            f"{at}: @{directive.name} wants `{argument}` as a list of lists of names"
        )
    return tuple(frozenset(each) for each in value)


def _plain_value(literal: Literal) -> object:
    try:
        return value_from_ast_untyped(parse_const_value(literal))
    except GraphQLError:
        return None


def _implies(inherited: Requirement, rule: AccessRule) -> bool:
    """Whether everybody who passes all of `inherited` passes `rule`. Where that is costly to know: no."""
    if rule.authenticated and not any(each.authenticated for each in inherited):
        return False
    return _alternatives_imply((each.scopes for each in inherited), rule.scopes) and _alternatives_imply(
        (each.policies for each in inherited), rule.policies
    )


def _alternatives_imply(given: Iterator[Alternatives | None], wanted: Alternatives | None) -> bool:
    if wanted is None:
        return True
    stated = [each for each in given if each is not None]
    ways = 1
    for each in stated:
        ways *= len(each)
    if not 0 < ways <= _IMPLICATION_BUDGET:
        return False
    return all(_passes(wanted, frozenset().union(*combination)) for combination in itertools.product(*stated))
