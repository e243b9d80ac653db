"""Fewer and smaller steps for the same answer: the passes, and the loop that checks them."""

from collections.abc import Callable, Sequence
from typing import Final

from supergraph.planner.fetch_graph.model import FetchGraph
from supergraph.planner.fetch_graph.passes.batch_entities import batch_entities
from supergraph.planner.fetch_graph.passes.hoist_conditions import hoist_conditions
from supergraph.planner.path_search.budget import Purse

Pass = Callable[[FetchGraph, Purse], FetchGraph]
"""Raises PlanningStoppedError where the budget is spent on the way."""

FETCH_PASSES: Final[tuple[Pass, ...]] = (
    hoist_conditions,
    batch_entities,  # after the conditions: only steps under the same ones go together
)


def optimize(graph: FetchGraph, passes: Sequence[Pass], purse: Purse) -> FetchGraph:
    """Repeat the passes until a whole round takes no step away."""
    while True:
        before = graph.size
        for step in passes:
            graph = step(graph, purse)
            purse.check()
            assert graph.size <= before, f"{step.__name__} added steps"
        if graph.size == before:
            return graph
