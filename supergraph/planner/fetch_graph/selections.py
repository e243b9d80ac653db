"""Selections put together: what two say of one field is said once."""

from collections.abc import Iterable
from dataclasses import replace

from supergraph.planner.fetch_graph.model import Pick, PickFragment, Selected
from supergraph.planner.operation.model import Condition
from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError
from supergraph.spec import TypeName


def merge_selections(selections: Iterable[Selected]) -> tuple[Selected, ...]:
    fields: dict[tuple[str, tuple[Condition, ...]], Pick] = {}
    fragments: dict[TypeName, PickFragment] = {}
    for each in selections:
        if isinstance(each, PickFragment):
            known = fragments.get(each.type_condition)
            if known is None:
                fragments[each.type_condition] = each
            else:
                both = merge_selections((*known.selections, *each.selections))
                fragments[each.type_condition] = PickFragment(each.type_condition, both)
            continue
        mark = (each.key, each.conditions)
        same = fields.get(mark)
        fields[mark] = each if same is None else _merge_fields(same, each)
    return (*fields.values(), *fragments.values())


def _merge_fields(one: Pick, other: Pick) -> Pick:
    if one.name != other.name or one.arguments != other.arguments:
        raise PlanningStoppedError(
            PlanningCode.UNSUPPORTED_OPERATION,
            f"{one.key!r} means two fields of objects that a subgraph cannot tell apart: give one of them an alias",
        )
    return replace(
        one,
        selections=merge_selections((*one.selections, *other.selections))
        if other.selections and other.selections is not one.selections
        else one.selections,
        wanted=one.wanted or other.wanted,
    )


def written_out(selections: tuple[Selected, ...], known: dict[int, int]) -> int:
    """How many fields there are where what is shared is written out. `known` remembers, by identity."""
    size = known.get(id(selections))
    if size is None:
        size = known[id(selections)] = sum(
            isinstance(each, Pick) + written_out(each.selections, known) for each in selections
        )
    return size


def meanings_agree(one: Iterable[Selected], other: Iterable[Selected]) -> bool:
    """Whether no response key of a type means two different fields."""
    return _agree(list(one), list(other))


def _agree(one: list[Selected], other: list[Selected]) -> bool:
    fields = {each.key: each for each in one if isinstance(each, Pick)}
    fragments = {each.type_condition: each for each in one if isinstance(each, PickFragment)}
    for each in other:
        if isinstance(each, PickFragment):
            same = fragments.get(each.type_condition)
            if same is not None and not _agree(list(same.selections), list(each.selections)):
                return False
            continue
        known = fields.get(each.key)
        if known is None:
            continue
        if known.name != each.name or known.arguments != each.arguments:
            return False
        if not _agree(list(known.selections), list(each.selections)):
            return False
    return True
