"""Scopes and policies: what the caller may not see leaves the operation before it is planned, and becomes errors.

A field is denied where its own rule or its type's rule fails; on an interface, where that of any implementing type
does. Of a type behind a fragment, the fields are denied and the other branches stay. `__typename` tells nothing that
was not asked of the type above, so it stays. A rule on the root type takes the whole operation.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from supergraph.gateway.access_rules import AccessRules, Requirement
from supergraph.gateway.executor import Denial
from supergraph.gateway.operation import Decision, RelevantAccess, VisibleOperation
from supergraph.planner import (
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    Selection,
)
from supergraph.spec import Coordinate, FieldName, Principal, Supergraph, TypeName

_TYPENAME: Final = FieldSelection("__typename", FieldName("__typename"))
_INTROSPECTION: Final = frozenset({"__schema", "__type"})


def relevant_access(
    operation: NormalizedOperation, supergraph: Supergraph, rules: AccessRules
) -> RelevantAccess:
    """What of a principal `authorize` will look at. Found by the same walk, so that it can miss nothing."""
    if rules.is_empty:
        return RelevantAccess()
    met: set[Requirement] = set()

    def note(requirement: Requirement) -> bool:
        met.add(requirement)
        return True

    _Walk(supergraph, rules, note).operation(operation)
    asked = [rule for requirement in met for rule in requirement]
    return RelevantAccess(
        any(rule.authenticated for rule in asked),
        frozenset(scope for rule in asked for alternative in rule.scopes or () for scope in alternative),
    )


def decide_by(access: RelevantAccess, principal: Principal) -> Decision:
    """Principals with equal decisions see the same of an operation: the key of what is cached per caller."""
    return access.identity and principal.is_authenticated, principal.scopes & access.scopes


def authorize(
    operation: NormalizedOperation, supergraph: Supergraph, rules: AccessRules, principal: Principal
) -> VisibleOperation:
    """The operation without what the principal may not see, and a denial for each field that left."""
    if rules.is_empty:
        return VisibleOperation(operation)

    def allows(requirement: Requirement) -> bool:
        return all(rule.allows(principal) for rule in requirement)

    walk = _Walk(supergraph, rules, allows)
    kept = walk.operation(operation)
    if not walk.denials:
        return VisibleOperation(operation)
    return VisibleOperation(kept, tuple(dict.fromkeys(walk.denials)))


class _Walk:
    """One pass over an operation. `allows` is asked for each requirement on the way."""

    def __init__(
        self, supergraph: Supergraph, rules: AccessRules, allows: Callable[[Requirement], bool]
    ) -> None:
        self._supergraph = supergraph
        self._rules = rules
        self._allows = allows
        self.denials: list[Denial] = []

    def operation(self, operation: NormalizedOperation) -> NormalizedOperation | None:
        root = operation.root_type
        if not self._allows(self._rules.types.get(root, ())):
            self._deny_all(root, operation.selections, (), typename=True)
            return None
        kept = self._selections(root, operation.selections, ())
        if not kept:
            return None
        used = _variables(kept)
        return replace(
            operation,
            selections=kept,
            variables=tuple(each for each in operation.variables if each.name in used),
        )

    def _selections(
        self,
        parent: TypeName,
        selections: tuple[Selection, ...],
        path: tuple[str, ...],
    ) -> tuple[Selection, ...]:
        kept: list[Selection] = []
        for selection in selections:
            match selection:
                case FieldSelection():
                    field = self._field(parent, selection, path)
                    kept += () if field is None else (field,)
                case FragmentSelection():
                    fragment = self._fragment(parent, selection, path)
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
        if not (
            self._allows(self._rules.fields.get((parent, field.name), ()))
            and self._allows(self._type_requirement(named, field.selections))
        ):
            self._deny(parent, field, path)
            return None
        if not field.selections:
            return field
        inner = self._selections(named, field.selections, (*path, field.response_key))
        # Whether there is an object is still to be found out, even where nothing in it may be seen.
        return replace(field, selections=inner or (_TYPENAME,))

    def _fragment(
        self,
        parent: TypeName,
        fragment: FragmentSelection,
        path: tuple[str, ...],
    ) -> FragmentSelection:
        named = fragment.type_condition or parent
        if self._allows(self._type_requirement(named, fragment.selections)):
            inner = self._selections(named, fragment.selections, path)
        else:
            inner = self._deny_all(named, fragment.selections, path)
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
                    self._deny(parent, selection, path)
                case FragmentSelection(type_condition=condition):
                    inner = self._deny_all(
                        condition or parent,
                        selection.selections,
                        path,
                        typename=typename,
                    )
                    kept += (replace(selection, selections=inner),) if inner else ()
        return tuple(kept)

    def _deny(
        self,
        parent: TypeName,
        field: FieldSelection,
        path: tuple[str, ...],
    ) -> None:
        self.denials.append(Denial((*path, field.response_key), Coordinate(f"{parent}.{field.name}")))


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
