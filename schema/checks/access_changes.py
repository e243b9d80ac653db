"""Who may ask for an element, before and after: @authenticated, @requiresScopes and @policy of two supergraphs."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import ListValueNode, StringValueNode, ValueNode, parse_const_value

from schema.checks.changes import Change, ChangeKind
from supergraph.spec import (
    AUTHENTICATED,
    POLICY,
    REQUIRES_SCOPES,
    AppliedDirective,
    CompositeType,
    Coordinate,
    Element,
    FieldName,
    Supergraph,
    SupergraphType,
    TypeName,
)

_Alternatives = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class AccessRule:
    """All three must hold. `scopes` and `policies`: one alternative, all of it; empty asks for nothing."""

    authenticated: bool = False
    scopes: _Alternatives = frozenset()
    policies: _Alternatives = frozenset()

    def __str__(self) -> str:
        parts = [
            *(("being signed in",) if self.authenticated and not self.scopes else ()),
            *((f"the permission {_words(self.scopes)}",) if self.scopes else ()),
            *((f"the policy {_words(self.policies)}",) if self.policies else ()),
        ]
        return " and ".join(parts) or "nothing"


NO_RULE: Final = AccessRule()


def find_access_changes(
    old: Supergraph, new: Supergraph, visible: Collection[Coordinate]
) -> Iterator[Change]:
    """Changed rules on the types and fields that `visible` lists: those of both APIs.

    A rule that moves between a type and all its fields changes nothing for anybody and is not told.
    """
    before, after = _SupergraphRules.of(old), _SupergraphRules.of(new)
    for name, definition in new.types.items():
        earlier = old.types.get(name)
        if earlier is None or Coordinate(name) not in visible:
            continue
        fields = _shared_fields(earlier, definition)
        yield from _compare(
            Coordinate(name),
            before.types[name],
            after.types[name],
            tightened=_misses(
                after.types[name], [before.of_field(name, each) for each in fields], before.types[name]
            ),
            loosened=_misses(
                before.types[name], [after.of_field(name, each) for each in fields], after.types[name]
            ),
        )
        for each in fields:
            at = Coordinate(f"{name}.{each}")
            if at in visible:
                was, now = before.fields[name, each], after.fields[name, each]
                yield from _compare(
                    at,
                    was,
                    now,
                    tightened=not _implies(before.of_field(name, each), now),
                    loosened=not _implies(after.of_field(name, each), was),
                )


def _compare(
    at: Coordinate, was: AccessRule, now: AccessRule, *, tightened: bool, loosened: bool
) -> Iterator[Change]:
    if was == now:
        return
    if tightened:
        yield Change(at, ChangeKind.ACCESS_TIGHTENED, f"{at} now asks for {now}; before, for {was}.")
    elif loosened:
        yield Change(at, ChangeKind.ACCESS_LOOSENED, f"{at} now asks for {now}; before, for {was}.")


def _misses(rule: AccessRule, of_fields: list[AccessRule], of_type: AccessRule) -> bool:
    """Whether somebody who fails the rule passes at a field, or at the type where it has no fields."""
    return any(not _implies(each, rule) for each in of_fields or [of_type])


def _implies(stronger: AccessRule, weaker: AccessRule) -> bool:
    """Whether everybody who passes the first passes the second."""
    # Nobody holds a permission without being signed in.
    signed_in = stronger.authenticated or bool(stronger.scopes and all(stronger.scopes))
    return (
        (signed_in or not weaker.authenticated)
        and _covers(stronger.scopes, weaker.scopes)
        and _covers(stronger.policies, weaker.policies)
    )


def _covers(stronger: _Alternatives, weaker: _Alternatives) -> bool:
    if not weaker:
        return True
    return bool(stronger) and all(any(asked <= held for asked in weaker) for held in stronger)


def _both(one: AccessRule, other: AccessRule) -> AccessRule:
    return AccessRule(
        one.authenticated or other.authenticated,
        _product(one.scopes, other.scopes),
        _product(one.policies, other.policies),
    )


def _product(one: _Alternatives, other: _Alternatives) -> _Alternatives:
    if not one or not other:
        return one or other
    return frozenset(left | right for left in one for right in other)


@dataclass(frozen=True, slots=True)
class _SupergraphRules:
    """The rule on each type and field itself. Field rules stand under their type's name and their own."""

    types: Mapping[TypeName, AccessRule]
    fields: Mapping[tuple[TypeName, FieldName], AccessRule]

    def of_field(self, parent: TypeName, field: FieldName) -> AccessRule:
        return _both(self.types[parent], self.fields[parent, field])

    @classmethod
    def of(cls, supergraph: Supergraph) -> "_SupergraphRules":
        names = {
            _directive_name(supergraph, identity): identity
            for identity in (AUTHENTICATED, REQUIRES_SCOPES, POLICY)
        }
        return cls(
            {name: _rule(definition, names) for name, definition in supergraph.types.items()},
            {
                (composite.name, field.name): _rule(field, names)
                for composite in supergraph.composites()
                for field in composite.fields.values()
            },
        )


def _directive_name(supergraph: Supergraph, identity: str) -> str | None:
    """What the document calls the directive; None where the specification is not linked."""
    link = supergraph.link(identity)
    if link is None:
        return None
    own_name = "@" + identity.rsplit("/", 1)[-1]
    imported = dict(link.imports).get(own_name)
    return imported.removeprefix("@") if imported else link.namespace


def _rule(element: Element, names: Mapping[str | None, str]) -> AccessRule:
    rule = NO_RULE
    for applied in element.directives:
        match names.get(applied.name):
            case None:
                continue
            case identity if identity == AUTHENTICATED:
                rule = _both(rule, AccessRule(authenticated=True))
            case identity if identity == REQUIRES_SCOPES:
                rule = _both(rule, AccessRule(scopes=_alternatives(applied, "scopes")))
            case _:
                rule = _both(rule, AccessRule(policies=_alternatives(applied, "policies")))
    return rule


def _alternatives(applied: AppliedDirective, argument: str) -> _Alternatives:
    literal = applied.argument(argument)
    if literal is None:
        return frozenset()
    # GraphQL lets a list of one stand without its brackets, on both levels.
    return frozenset(
        frozenset(word.value for word in _items(one) if isinstance(word, StringValueNode))
        for one in _items(parse_const_value(literal))
    )


def _items(value: ValueNode) -> tuple[ValueNode, ...]:
    return tuple(value.values) if isinstance(value, ListValueNode) else (value,)


def _shared_fields(old: SupergraphType, new: SupergraphType) -> list[FieldName]:
    match old, new:
        case CompositeType(), CompositeType():
            return [name for name in new.fields if name in old.fields]
        case _:
            return []


def _words(alternatives: _Alternatives) -> str:
    return ", or ".join(" and ".join(sorted(one)) for one in sorted(alternatives, key=sorted))
