"""Entities asked of one subgraph in the same step go out as one request.

A step may also be put off to join a later one, as long as the longest chain of steps does not grow. Each part of
the answer is for itself: what is deferred neither goes out with the primary nor lets it wait.
"""

from dataclasses import replace
from typing import Final

from supergraph.planner.fetch_graph.model import Descent, Entities, FetchGraph, FetchStep, Spot
from supergraph.planner.fetch_graph.selections import (
    SelectionNumbers,
    meanings_agree,
    merge_selections,
    written_out,
)
from supergraph.planner.operation.model import Condition
from supergraph.planner.path_search.budget import Purse
from supergraph.spec import GraphName

FEW_GROUPS: Final = 8
"""Groups that may as well be compared with one another."""

MOST_COMPARED: Final = 5_000
"""Fields of a group, written out, up to which it is worth the time to look whether two groups are one."""


def batch_entities(graph: FetchGraph, purse: Purse) -> FetchGraph:
    graph = _join_same_level(graph, purse)
    while (joined := _put_one_off(graph, purse)) is not None:
        graph = joined
    return graph


def _may_share(step: FetchStep) -> bool:
    """Entities with contexts go out apart: their request is repeated for each different value."""
    return bool(step.entities) and not any(each.contexts for each in step.entities)


def _target(step: FetchStep) -> tuple[GraphName, tuple[Condition, ...], int]:
    """Steps that may share a request: of one subgraph, under the same conditions, for the same part of the answer."""
    return step.graph, step.conditions, step.part


def _join_same_level(graph: FetchGraph, purse: Purse) -> FetchGraph:
    """Steps of one level never wait for one another."""
    levels = graph.parted().levels()
    by_level: dict[object, list[FetchStep]] = {}
    for step in graph:
        if _may_share(step):
            by_level.setdefault((levels[step.index], *_target(step)), []).append(step)
    return _joined(graph, [group for group in by_level.values() if len(group) > 1], purse)


def _put_one_off(graph: FetchGraph, purse: Purse) -> FetchGraph | None:
    purse.spend(graph.size)
    by_target: dict[object, list[FetchStep]] = {}
    for step in graph:
        if _may_share(step):
            by_target.setdefault(_target(step), []).append(step)
    if all(len(each) < 2 for each in by_target.values()):
        return None
    parted = graph.parted()
    levels, heights = parted.levels(), parted.heights()
    depths: dict[int, int] = {}
    for step in graph:
        depths[step.part] = max(depths.get(step.part, 0), levels[step.index])
    for group in by_target.values():
        group.sort(key=lambda each: (levels[each.index], each.index))
        for position, early in enumerate(group):
            for late in group[position + 1 :]:
                purse.spend(1)
                level = levels[late.index]
                if level - 1 + heights[early.index] <= depths[early.part] and not _waits(graph, late, early):
                    return _joined(graph, [[early, late]], purse)
    return None


def _waits(graph: FetchGraph, late: FetchStep, early: FetchStep) -> bool:
    """Whether `late` waits for `early`, directly or not."""
    waits = {step.index: step.waits_for for step in graph}
    open_, seen = [late.index], set()
    while open_:
        index = open_.pop()
        if index == early.index:
            return True
        if index not in seen:
            seen.add(index)
            open_ += waits[index]
    return False


def _joined(graph: FetchGraph, groups: list[list[FetchStep]], purse: Purse) -> FetchGraph:
    """Each group becomes one step, in the place and under the number of its first."""
    if not groups:
        return graph
    first: dict[int, int] = {}
    joined: dict[int, FetchStep] = {}
    for group in groups:
        for step in group:
            first[step.index] = group[0].index
        joined[group[0].index] = replace(
            group[0],
            entities=merge_entities(tuple(each for step in group for each in step.entities), purse),
            waits_for=frozenset.union(*[step.waits_for for step in group]),
            serves=frozenset.union(*[step.serves for step in group]),
        )
    steps = []
    for step in graph:
        if first.get(step.index, step.index) != step.index:
            continue
        kept = joined.get(step.index, step)
        if not kept.waits_for.isdisjoint(first):
            kept = kept.after(frozenset(first.get(each, each) for each in kept.waits_for))
        steps.append(kept)
    return FetchGraph(tuple(steps))


def merge_entities(groups: tuple[Entities, ...], purse: Purse) -> tuple[Entities, ...]:
    """Groups at one spot, identified alike, become one; so do those asked the same at a spot within another's."""
    found: list[Entities] = []
    sizes: dict[int, int] = {}
    at: dict[object, list[int]] = {}
    for group in _of_several_types(groups, purse):
        keys = tuple(each.key for each in group.spot)
        known = at.setdefault((keys, group.inputs, group.sends_as), [])
        for position in known:
            purse.spend(1 + len(group.spot))
            if max(written_out(each.selections, sizes) for each in (found[position], group)) > MOST_COMPARED:
                continue
            merged = _merge(found[position], group, purse)
            if merged is not None:
                sizes.clear()  # An identity lives no longer than its object.
                found[position] = merged
                break
        else:
            known.append(len(found))
            found.append(group)
    return tuple(found)


def _of_several_types(groups: tuple[Entities, ...], purse: Purse) -> list[Entities]:
    """Groups that are asked the same at spots that differ in the types of one object on the way become one.

    Interfaces within interfaces make types to the power of levels many; so this looks up and never compares pairs.
    """
    if len(groups) < FEW_GROUPS:
        return list(groups)
    found = list(groups)
    numbers = SelectionNumbers()
    for position in range(max(len(each.spot) for each in groups)):
        at: dict[object, int] = {}
        left: list[Entities] = []
        for group in found:
            purse.spend(1 + len(group.spot))
            if position >= len(group.spot) or group.spot[position].types is None:
                left.append(group)
                continue
            here = replace(group.spot[position], types=None)
            spot = (*group.spot[:position], here, *group.spot[position + 1 :])
            mark = (spot, group.inputs, group.sends_as, numbers.number(group.selections, purse))
            known = at.setdefault(mark, len(left))
            if known == len(left):
                left.append(group)
            else:
                united = _union(left[known].spot, group.spot)
                left[known] = replace(group, spot=united or group.spot)
        found = left
    return found


def _merge(one: Entities, other: Entities, purse: Purse) -> Entities | None:
    if one.spot != other.spot and one.selections == other.selections:
        if _covers(one.spot, other.spot):
            return one
        if _covers(other.spot, one.spot):
            return other
        spot = _union(one.spot, other.spot)
        return replace(one, spot=spot) if spot is not None else None
    if one.spot != other.spot and not (_covers(one.spot, other.spot) or _covers(other.spot, one.spot)):
        return None
    if not meanings_agree(one.selections, other.selections, purse):
        return None
    merged = merge_selections((*one.selections, *other.selections), purse)
    if one.spot == other.spot:
        return replace(one, selections=merged)
    if _covers(one.spot, other.spot) and merged == one.selections:
        return one
    if (
        _covers(other.spot, one.spot)
        and merge_selections((*other.selections, *one.selections), purse) == other.selections
    ):
        return other
    return None


def _union(one: Spot, other: Spot) -> Spot | None:
    """Both spots as one, where they differ only in the types of one object on the way."""
    if len(one) != len(other):
        return None
    found: list[Descent] = []
    differences = 0
    for mine, theirs in zip(one, other, strict=True):
        if mine.key != theirs.key:
            return None
        if mine.types == theirs.types:
            found.append(mine)
            continue
        differences += 1
        types = mine.types | theirs.types if mine.types is not None and theirs.types is not None else None
        found.append(replace(mine, types=types))
    return tuple(found) if differences == 1 else None


def _covers(wide: Spot, narrow: Spot) -> bool:
    return len(wide) == len(narrow) and all(
        one.key == other.key and (one.types is None or (other.types is not None and other.types <= one.types))
        for one, other in zip(wide, narrow, strict=True)
    )
