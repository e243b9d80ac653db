"""A plan that answers in parts, made ready once: whose are which fetches, and whose problems are whose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from supergraph.gateway.executor.fetch_program import FetchProgram, Spot, fetches_of
from supergraph.planner import Condition, Defer, PlanNode

PRIMARY: Final = 0


@dataclass(frozen=True, slots=True)
class DeferProgram:
    """`owners` says by a spot's order which part its fetch is made for; `ids` are a part's fetches that others await."""

    defer: Defer
    owners: Mapping[int, int]
    ids: Mapping[int, tuple[int, ...]]

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(each.number for each in self.defer.deferred)


def prepare_defers(node: PlanNode | None, fetches: Mapping[int, FetchProgram]) -> dict[int, DeferProgram]:
    """A program for each way in which the operation may be deferred, by the node's identity."""
    return {id(defer): _prepare(defer, fetches) for defer in _defers(node)}


def _defers(node: PlanNode | None) -> Iterator[Defer]:
    """They stand outermost, or below conditions alone."""
    if isinstance(node, Condition):
        yield from _defers(node.if_true)
        yield from _defers(node.if_false)
    elif isinstance(node, Defer):
        yield node


def _prepare(defer: Defer, fetches: Mapping[int, FetchProgram]) -> DeferProgram:
    parts = [(PRIMARY, defer.primary), *((each.number, each.node) for each in defer.deferred)]
    owners: dict[int, int] = {}
    ids: dict[int, tuple[int, ...]] = {}
    for number, node in parts:
        made = list(fetches_of(node))
        ids[number] = tuple(each.id for each in made if each.id is not None)
        for fetch in made:
            asks = fetches[id(fetch)].asks
            owners.update(dict.fromkeys((each.order for each in _spots(asks)), number))
    return DeferProgram(defer, owners, ids)


def _spots(asks: Spot | tuple[Spot, ...]) -> tuple[Spot, ...]:
    return asks if isinstance(asks, tuple) else (asks,)
