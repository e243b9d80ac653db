"""Scopes and policies: what the caller may not see leaves the operation before it is planned, and becomes errors.

A field is denied where its own rule or its type's rule fails; on an interface, where that of any implementing type
does. Of a type behind a fragment, the fields are denied and the other branches stay. `__typename` tells nothing that
was not asked of the type above, so it stays. A rule on the root type takes the whole operation.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from graphql import ArgumentNode, FieldNode, NameNode, parse_value

from supergraph.gateway.access_rules import AccessRules, Requirement, Shortfall
from supergraph.gateway.executor import Denial
from supergraph.gateway.operation import AskedPolicy, Decision, RelevantAccess, VisibleOperation
from supergraph.planner import (
    ArgumentValue,
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    Selection,
)
from supergraph.spec import Coordinate, FieldName, Principal, Supergraph, TypeName

_TYPENAME: Final = FieldSelection("__typename", FieldName("__typename"))
_INTROSPECTION: Final = frozenset({"__schema", "__type"})
_NOTHING_ASKED: Final = RelevantAccess()
_FREE: Final = Decision()


@dataclass(frozen=True, slots=True)
class _Spot:
    """The selected field by which a rule is met; the root type, for a rule that stands there."""

    coordinate: Coordinate
    arguments: tuple[ArgumentValue, ...] = ()


def relevant_access(
    operation: NormalizedOperation, supergraph: Supergraph, rules: AccessRules
) -> RelevantAccess:
    """What of a principal `authorize` will look at. Found by the same walk, so that it can miss nothing."""
    if rules.is_empty:
        return _NOTHING_ASKED
    met: set[Requirement] = set()
    policies: dict[AskedPolicy, None] = {}

    def note(requirement: Requirement, spot: _Spot) -> tuple[Shortfall, ...]:
        met.add(requirement)
        for rule in requirement:
            for policy in sorted(rule.policy_names):
                node = _node(spot)
                policies[AskedPolicy(policy, rule.at, spot.coordinate, spot.arguments, node)] = None
        return ()

    _Walk(supergraph, rules, note).operation(operation)
    asked = [rule for requirement in met for rule in requirement]
    if not asked:
        return _NOTHING_ASKED
    return RelevantAccess(
        any(rule.authenticated for rule in asked),
        frozenset(scope for rule in asked for alternative in rule.scopes or () for scope in alternative),
        tuple(policies),
    )


def decide_by(
    access: RelevantAccess,
    principal: Principal,
    granted: frozenset[int] = frozenset(),
    *,
    rehearsed: bool = False,
) -> Decision:
    """Principals with equal decisions see the same of an operation: the key of what is cached per caller."""
    if access is _NOTHING_ASKED:
        return _FREE
    return Decision(
        access.identity and principal.is_authenticated, principal.scopes & access.scopes, granted, rehearsed
    )


def authorize(
    operation: NormalizedOperation,
    supergraph: Supergraph,
    rules: AccessRules,
    access: RelevantAccess,
    decision: Decision,
) -> VisibleOperation:
    """The operation without what the caller may not see, and a denial for each field that left.

    Nothing but the decision is looked at, so that who shares a decision cannot but share the outcome.
    """
    if access is _NOTHING_ASKED:
        return VisibleOperation(operation)
    granted: dict[tuple[Coordinate, _Spot], set[str]] = {}
    for number in decision.granted:
        asked = access.policies[number]
        place = asked.guarded, _Spot(asked.selected, asked.arguments)
        granted.setdefault(place, set()).add(asked.policy)

    def shortfalls(requirement: Requirement, spot: _Spot) -> tuple[Shortfall, ...]:
        found = (
            rule.shortfall(
                authenticated=decision.authenticated,
                scopes=decision.scopes,
                granted=frozenset(granted.get((rule.at, spot), ())),
            )
            for rule in requirement
        )
        return tuple(each for each in found if each is not None)

    walk = _Walk(supergraph, rules, shortfalls)
    kept = walk.operation(operation)
    return VisibleOperation(kept if walk.denials else operation, walk.denials)


def _node(spot: _Spot) -> FieldNode:
    arguments = tuple(
        ArgumentNode(name=NameNode(value=each.name), value=parse_value(each.value, no_location=True))
        for each in spot.arguments
    )
    return FieldNode(name=NameNode(value=spot.coordinate.rpartition(".")[2]), arguments=arguments)


class _Walk:
    """One pass over an operation. `shortfalls` is asked for each requirement on the way; none means that it is met."""

    def __init__(
        self,
        supergraph: Supergraph,
        rules: AccessRules,
        shortfalls: Callable[[Requirement, _Spot], tuple[Shortfall, ...]],
    ) -> None:
        self._supergraph = supergraph
        self._rules = rules
        self._shortfalls = shortfalls
        self.denials: dict[Denial, tuple[Shortfall, ...]] = {}

    def operation(self, operation: NormalizedOperation) -> NormalizedOperation | None:
        root = operation.root_type
        spot = _Spot(Coordinate(root))
        if why := self._unmet(self._rules.types.get(root, ()), spot):
            self._deny_all(root, operation.selections, (), why, typename=True)
            return None
        kept = self._selections(root, operation.selections, (), spot)
        if not kept:
            return None
        used = _variables(kept)
        return replace(
            operation,
            selections=kept,
            variables=tuple(each for each in operation.variables if each.name in used),
        )

    def _unmet(self, requirement: Requirement, spot: _Spot) -> tuple[Shortfall, ...]:
        return self._shortfalls(requirement, spot) if requirement else ()

    def _selections(
        self,
        parent: TypeName,
        selections: tuple[Selection, ...],
        path: tuple[str, ...],
        spot: _Spot,
    ) -> tuple[Selection, ...]:
        """`spot` is the field that the selections stand in."""
        kept: list[Selection] = []
        for selection in selections:
            match selection:
                case FieldSelection():
                    field = self._field(parent, selection, path)
                    kept += () if field is None else (field,)
                case FragmentSelection():
                    fragment = self._fragment(parent, selection, path, spot)
                    kept += (fragment,) if fragment.selections else ()
        return tuple(kept)

    def _field(
        self,
        parent: TypeName,
        field: FieldSelection,
        path: tuple[str, ...],
    ) -> FieldSelection | None:
        if field.name == "__typename" or field.name in _INTROSPECTION:
            return field
        composite = self._supergraph.composite(parent)
        assert composite is not None, f"{parent} has no fields, and the operation is valid"
        named = composite.fields[field.name].type.named
        spot = _Spot(Coordinate(f"{parent}.{field.name}"), field.arguments)
        why = (
            *self._unmet(self._rules.fields.get((parent, field.name), ()), spot),
            *self._unmet(self._type_requirement(named, field.selections), spot),
        )
        if why:
            self._deny(parent, field, path, why)
            return None
        if not field.selections:
            return field
        inner = self._selections(named, field.selections, (*path, field.response_key), spot)
        # Whether there is an object is still to be found out, even where nothing in it may be seen.
        return replace(field, selections=inner or (_TYPENAME,))

    def _fragment(
        self,
        parent: TypeName,
        fragment: FragmentSelection,
        path: tuple[str, ...],
        spot: _Spot,
    ) -> FragmentSelection:
        named = fragment.type_condition or parent
        if why := self._unmet(self._type_requirement(named, fragment.selections), spot):
            inner = self._deny_all(named, fragment.selections, path, why)
        else:
            inner = self._selections(named, fragment.selections, path, spot)
        return replace(fragment, selections=inner)

    def _type_requirement(self, named: TypeName, selections: tuple[Selection, ...]) -> Requirement:
        """What a type asks for. Fragments guard their own types, so an interface then asks only what is its own."""
        rules = self._rules.types if not selections or _selects_fields(selections) else self._rules.own
        return rules.get(named, ())

    def _deny_all(
        self,
        parent: TypeName,
        selections: tuple[Selection, ...],
        path: tuple[str, ...],
        why: tuple[Shortfall, ...],
        *,
        typename: bool = False,
    ) -> tuple[Selection, ...]:
        """Deny each field, those in fragments too. What is left: `__typename`, unless that is denied as well."""
        kept: list[Selection] = []
        for selection in selections:
            match selection:
                case FieldSelection(name=name) if name == "__typename" and not typename:
                    kept.append(selection)
                case FieldSelection():
                    self._deny(parent, selection, path, why)
                case FragmentSelection(type_condition=condition):
                    inner = self._deny_all(
                        condition or parent,
                        selection.selections,
                        path,
                        why,
                        typename=typename,
                    )
                    kept += (replace(selection, selections=inner),) if inner else ()
        return tuple(kept)

    def _deny(
        self,
        parent: TypeName,
        field: FieldSelection,
        path: tuple[str, ...],
        why: tuple[Shortfall, ...],
    ) -> None:
        denial = Denial((*path, field.response_key), Coordinate(f"{parent}.{field.name}"))
        self.denials[denial] = tuple(dict.fromkeys((*self.denials.get(denial, ()), *why)))


def _selects_fields(selections: tuple[Selection, ...]) -> bool:
    """Whether a field other than `__typename` is selected on the type itself, not behind a fragment on another."""
    return any(
        selection.name != "__typename"
        if isinstance(selection, FieldSelection)
        else selection.type_condition is None and _selects_fields(selection.selections)
        for selection in selections
    )


def _variables(selections: tuple[Selection, ...]) -> set[str]:
    used: set[str] = set()
    for selection in selections:
        used.update(condition.variable for condition in selection.conditions)
        used |= _variables(selection.selections)
        if isinstance(selection, FieldSelection):
            for value in (*selection.arguments, *selection.directives):
                used.update(value.variables)
    return used
