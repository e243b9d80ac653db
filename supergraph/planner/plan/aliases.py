"""Fields of different types that a subgraph would take for one.

Two types may have the same response key for fields whose types differ: nullable here, non-null there. The client's
operation is valid against the supergraph, where they agree; the subgraph would refuse it. So one of them goes out under
another key, and a rename puts it back.
"""

from collections.abc import Iterator
from dataclasses import replace

from supergraph.planner.fetch_graph.model import Pick, PickFragment, Selected
from supergraph.planner.path_search.budget import Purse
from supergraph.planner.plan.nodes import EachItem, FetchPath, RenameKey, Step
from supergraph.spec import ListOf, Named, NonNull, TypeReference


def tell_apart(
    selections: tuple[Selected, ...], purse: Purse
) -> tuple[tuple[Selected, ...], tuple[RenameKey, ...]]:
    """The selections with no two keys in conflict, and what to rename in the answer: the innermost first.

    Raises PlanningStoppedError where the budget is spent.
    """
    told = _Told(purse)
    return _scope(selections, (), told), tuple(told.renames)


class _Told:
    """What was renamed, and by identity the selections in which nothing had to be: types that are alike share them."""

    __slots__ = ("clean", "purse", "renames")

    def __init__(self, purse: Purse) -> None:
        self.purse = purse
        self.renames: list[RenameKey] = []
        self.clean: set[int] = set()


def _scope(selections: tuple[Selected, ...], path: FetchPath, told: _Told) -> tuple[Selected, ...]:
    if id(selections) in told.clean:
        return selections
    found = selections
    if any(isinstance(each, PickFragment) or each.selections for each in selections):
        found = _rewritten(selections, path, _aliases(selections, told.purse), told)
    if found is selections:
        told.clean.add(id(selections))
    return found


def _rewritten(
    selections: tuple[Selected, ...], path: FetchPath, aliases: dict[int, str], told: _Told
) -> tuple[Selected, ...]:
    told.purse.spend(len(selections))
    found: list[Selected] = []
    for each in selections:
        if isinstance(each, PickFragment):
            inner = _rewritten(each.selections, path, aliases, told)
            found.append(each if inner is each.selections else PickFragment(each.type_condition, inner))
            continue
        key = aliases.get(id(each), each.key)
        below = each.selections
        if below:
            below = _scope(below, (*path, Step(key), *[EachItem()] * _lists(each.type)), told)
        if key != each.key:
            told.renames.append(RenameKey((*path, Step(key)), each.key))
        elif below is each.selections:
            found.append(each)
            continue
        found.append(replace(each, key=key, selections=below))
    # Nothing was put aside: the same object tells so, and costs nothing.
    return selections if all(one is two for one, two in zip(found, selections, strict=True)) else tuple(found)


def _aliases(selections: tuple[Selected, ...], purse: Purse) -> dict[int, str]:
    """New keys, by the identity of the field that gets one."""
    found: dict[int, str] = {}
    if not any(isinstance(each, PickFragment) for each in selections):
        return found
    kept: dict[str, list[Pick]] = {}
    for pick in _picks(selections):
        kept.setdefault(pick.key, []).append(pick)
    for key, picks in list(kept.items()):
        agreed = [picks[0]]
        for pick in picks[1:]:
            if all(_agree(pick, other, purse) for other in agreed):
                agreed.append(pick)
                continue
            number = 1
            while f"_{number}_{key}" in kept:
                number += 1
            kept[f"_{number}_{key}"] = [pick]
            found[id(pick)] = f"_{number}_{key}"
    return found


def _picks(selections: tuple[Selected, ...]) -> Iterator[Pick]:
    for each in selections:
        if isinstance(each, Pick):
            yield each
        else:
            yield from _picks(each.selections)


def _agree(one: Pick, other: Pick, purse: Purse) -> bool:
    """Whether both may stand under one key, for types that no object has at once. Spec: SameResponseShape."""
    purse.spend(1)
    if one.type is None or other.type is None:
        return one.type is other.type
    if bool(one.selections) != bool(other.selections):
        return False
    if not one.selections:
        return one.type == other.type
    if _wrapping(one.type) != _wrapping(other.type):
        return False
    if one.selections is other.selections:
        return True  # Whatever is to be told apart within them is told apart there.
    by_key: dict[str, list[Pick]] = {}
    for pick in _picks(one.selections):
        by_key.setdefault(pick.key, []).append(pick)
    return all(
        _agree(mine, theirs, purse)
        for theirs in _picks(other.selections)
        for mine in by_key.get(theirs.key, ())
    )


def _wrapping(reference: TypeReference) -> str:
    match reference:
        case Named():
            return ""
        case ListOf(of=of):
            return f"[{_wrapping(of)}]"
        case NonNull(of=of):
            return f"{_wrapping(of)}!"


def _lists(reference: TypeReference | None) -> int:
    return _wrapping(reference).count("[") if reference is not None else 0
