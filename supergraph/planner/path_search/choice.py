"""One way for each leaf, cheapest together, within the budget.

Leaves that only one subgraph can resolve come first: what they need must be fetched anyway. The others then take what
is there already, and where nothing is, the cheapest way that also serves most of what is still open. That is the greedy
way through a Steiner tree: each choice makes later ones cheaper, none is ever multiplied with another.

The primary part of an answer is chosen before what is deferred, as if that were not asked: it takes from others what is
there, and others wait for it, never the other way round.
"""

from supergraph.planner.operation.model import Selection
from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError
from supergraph.planner.path_search.arrivals import Arrivals
from supergraph.planner.path_search.budget import Purse
from supergraph.planner.path_search.demands import MOST_WAYS, Demand, Demands, ResponsePath, UnreachableError
from supergraph.planner.path_search.model import Arrival, Hop
from supergraph.planner.query_graph.model import QueryGraph
from supergraph.spec import TypeName


def choose_hops(
    graph: QueryGraph,
    root_type: TypeName,
    selections: tuple[Selection, ...],
    active: frozenset[str],
    purse: Purse,
    deferred: frozenset[int] = frozenset(),
    variables: frozenset[str] = frozenset(),
) -> tuple[Hop, ...]:
    """The visits that answer `selections` on a root type. Raises PlanningStoppedError where there is no way.

    `deferred` are the numbers of the deferrals that are heeded, `variables` the names that the client's variables have.
    """
    most_ways: int | None = MOST_WAYS
    apart: frozenset[ResponsePath] = frozenset()
    while True:
        choice = _Choice(graph, root_type, active, purse, variables)
        try:
            return choice.choose(selections, deferred, most_ways, apart)
        except PlanningStoppedError as stopped:
            if stopped.problem.code is not PlanningCode.UNREACHABLE_FIELD:
                raise
            further = stopped.asked_whole - apart if isinstance(stopped, UnreachableError) else frozenset()
            if choice.joined:
                # From joined places only keys lead on. Apart, some visits may have what no key leads to.
                most_ways = None
            elif further:
                apart |= further
            else:
                raise


class _Choice(Arrivals):
    joined = False
    """Whether places were joined: what is unreachable then may be reachable apart."""

    def choose(
        self,
        selections: tuple[Selection, ...],
        deferred: frozenset[int],
        most_ways: int | None,
        apart: frozenset[ResponsePath],
    ) -> tuple[Hop, ...]:
        demands = Demands(self.reach, self.root, deferred, most_ways, apart)
        try:
            demands.ask_all(selections)
        finally:
            self.joined = demands.joined
        self.reach.claimed = True
        if self.root.keys.clashes:
            self.reach.changed(self.root)
        # One way only first; of those the near before the far, so that the far can start from what is there.
        ordered = sorted(
            demands.found,
            key=lambda each: (each.part, len(each.offers) > 1, each.least),
        )
        for demand in ordered:
            if demand.part != self.reach.part:
                self.reach.part = demand.part
                self.reach.changed(self.root)
            self.satisfy(demand)
        return tuple(self.hops)

    def satisfy(self, demand: Demand) -> Arrival:
        arrival = self.take(demand.place, demand.field, demand.offers, wanted=demand.wanted)
        for hop in arrival.hops():
            hop.serves.add(demand.part)
        graphs = {node.graph for node in demand.offers}
        for above in demand.place.chain():
            for graph in graphs:
                above.cover[graph] -= 1
        return arrival
