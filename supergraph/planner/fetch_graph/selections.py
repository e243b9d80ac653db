"""Selections put together: what two say of one field is said once. All that is looked at is paid for."""

from collections.abc import Sequence
from dataclasses import replace

from supergraph.planner.fetch_graph.model import Pick, PickFragment, Selected
from supergraph.planner.operation.model import Condition
from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError
from supergraph.planner.path_search.budget import Purse
from supergraph.spec import TypeName


def merge_selections(selections: Sequence[Selected], purse: Purse) -> tuple[Selected, ...]:
    purse.spend(len(selections))
    fields: dict[tuple[str, tuple[Condition, ...]], Pick] = {}
    fragments: dict[TypeName, PickFragment] = {}
    for each in selections:
        if isinstance(each, PickFragment):
            known = fragments.get(each.type_condition)
            if known is None:
                fragments[each.type_condition] = each
            else:
                both = merge_selections((*known.selections, *each.selections), purse)
                fragments[each.type_condition] = PickFragment(each.type_condition, both)
            continue
        mark = (each.key, each.conditions)
        same = fields.get(mark)
        fields[mark] = each if same is None else _merge_fields(same, each, purse)
    return (*fields.values(), *fragments.values())


def _merge_fields(one: Pick, other: Pick, purse: Purse) -> Pick:
    if one is other:
        return one
    if one.name != other.name or one.arguments != other.arguments:
        raise PlanningStoppedError(
            PlanningCode.UNSUPPORTED_OPERATION,
            f"{one.key!r} means two fields of objects that a subgraph cannot tell apart: give one of them an alias",
        )
    return replace(
        one,
        selections=merge_selections((*one.selections, *other.selections), purse)
        if other.selections and other.selections is not one.selections
        else one.selections,
        wanted=one.wanted or other.wanted,
    )


class SelectionNumbers:
    """Equal numbers for equal selections, each looked at once: a hash would look through all of them every time."""

    __slots__ = ("_by_identity", "_by_value")

    def __init__(self) -> None:
        # The selections are kept beside their numbers: an identity lives no longer than its object.
        self._by_identity: dict[int, tuple[int, tuple[Selected, ...]]] = {}
        self._by_value: dict[object, int] = {}

    def number(self, selections: tuple[Selected, ...], purse: Purse) -> int:
        known = self._by_identity.get(id(selections))
        if known is not None:
            return known[0]
        purse.spend(len(selections))
        value = tuple([self._value(each, purse) for each in selections])
        number = self._by_value.setdefault(value, len(self._by_value))
        self._by_identity[id(selections)] = (number, selections)
        return number

    def _value(self, each: Selected, purse: Purse) -> object:
        below = self.number(each.selections, purse)
        if isinstance(each, PickFragment):
            return each.type_condition, below
        return (
            each.key,
            each.name,
            each.type,
            each.arguments,
            each.conditions,
            each.directives,
            each.wanted,
            below,
        )


def written_out(selections: tuple[Selected, ...], known: dict[int, int]) -> int:
    """How many fields there are where what is shared is written out. `known` remembers, by identity."""
    size = known.get(id(selections))
    if size is None:
        size = known[id(selections)] = sum(
            isinstance(each, Pick) + written_out(each.selections, known) for each in selections
        )
    return size


def meanings_agree(one: Sequence[Selected], other: Sequence[Selected], purse: Purse) -> bool:
    """Whether no response key of a type means two different fields."""
    if one is other:
        return True
    purse.spend(len(one) + len(other))
    fields = {each.key: each for each in one if isinstance(each, Pick)}
    fragments = {each.type_condition: each for each in one if isinstance(each, PickFragment)}
    for each in other:
        if isinstance(each, PickFragment):
            same = fragments.get(each.type_condition)
            if same is not None and not meanings_agree(same.selections, each.selections, purse):
                return False
            continue
        known = fields.get(each.key)
        if known is None:
            continue
        if known.name != each.name or known.arguments != each.arguments:
            return False
        if not meanings_agree(known.selections, each.selections, purse):
            return False
    return True
