"""A step whose every field stands under one condition is not made at all where that does not hold."""

from dataclasses import replace

from supergraph.planner.fetch_graph.model import Entities, FetchGraph, FetchStep, Pick, PickFragment, Selected
from supergraph.planner.operation.model import Condition
from supergraph.planner.path_search.budget import Purse

Conditions = frozenset[Condition]


def hoist_conditions(graph: FetchGraph, purse: Purse) -> FetchGraph:
    purse.spend(graph.size)
    if not any(step.conditions or any(pick.conditions for pick in step.picks) for step in graph):
        return graph
    needed: dict[int, Conditions] = {}
    followers: dict[int, list[int]] = {step.index: [] for step in graph}
    for step in graph:
        for each in step.waits_for:
            followers[each].append(step.index)
    # Those that wait come first: what only a conditional step needs is itself conditional.
    levels = graph.levels()
    for step in sorted(graph, key=lambda each: -levels[each.index]):
        sides = [frozenset(pick.conditions) for pick in step.picks if pick.wanted]
        sides += [needed[each] for each in followers[step.index]]
        needed[step.index] = frozenset(step.conditions) | (
            frozenset.intersection(*sides) if sides else frozenset()
        )
    return FetchGraph(tuple(_under(step, needed[step.index]) for step in graph))


def _under(step: FetchStep, conditions: Conditions) -> FetchStep:
    if not conditions:
        return step
    return replace(
        step,
        selections=_without(step.selections, conditions),
        entities=tuple(_entities_without(each, conditions) for each in step.entities),
        conditions=tuple(sorted(conditions, key=lambda each: (each.variable, each.when))),
    )


def _entities_without(entities: Entities, conditions: Conditions) -> Entities:
    return replace(entities, selections=_without(entities.selections, conditions))


def _without(selections: tuple[Selected, ...], conditions: Conditions) -> tuple[Selected, ...]:
    return tuple(
        PickFragment(each.type_condition, _without(each.selections, conditions))
        if isinstance(each, PickFragment)
        else _plain(each, conditions)
        for each in selections
    )


def _plain(pick: Pick, conditions: Conditions) -> Pick:
    if not pick.conditions:
        return pick
    return replace(pick, conditions=tuple(each for each in pick.conditions if each not in conditions))
