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
from supergraph.planner.path_search.demands import MOST_WAYS, Demand, Demands
from supergraph.planner.path_search.model import Arrival, Hop
from supergraph.planner.query_graph.model import NodeKind, QueryGraph
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
    choice = _Choice(graph, root_type, active, purse, variables)
    try:
        return choice.choose(selections, deferred, MOST_WAYS)
    except PlanningStoppedError as stopped:
        if not choice.joined or stopped.problem.code is not PlanningCode.UNREACHABLE_FIELD:
            raise
    # From joined places only keys lead on. Apart, some visits may have what no key leads to.
    return _Choice(graph, root_type, active, purse, variables).choose(selections, deferred, None)


class _Choice(Arrivals):
    joined = False
    """Whether places were joined: what is unreachable then may be reachable apart."""

    def choose(
        self, selections: tuple[Selection, ...], deferred: frozenset[int], most_ways: int | None
    ) -> tuple[Hop, ...]:
        demands = Demands(self.reach, self.root, deferred, most_ways)
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
            key=lambda each: (each.part, each.may_be_void, len(each.offers) > 1, each.least),
        )
        for demand in ordered:
            if demand.part != self.reach.part:
                self.reach.part = demand.part
                self.reach.changed(self.root)
            if not (demand.may_be_void and self._is_void(demand)):
                self.satisfy(demand)
        return tuple(self.hops)

    def _is_void(self, demand: Demand) -> bool:
        """Whether an answer that is fetched anyway tells that no object of this type is met here.

        Where another subgraph is asked anyway, too, and could tell otherwise, it is heard.
        """
        candidates = self.reach.at(demand.place)
        if any(node in candidates and candidates[node].cost == 0 for node in demand.offers):
            return False
        for each in demand.place.chain():
            if each.base is None or not each.base.arrivals:
                continue
            told = [
                self.graph.possible(arrival.node)
                for arrival in each.base.arrivals
                if arrival.edge is not None and arrival.node.kind is not NodeKind.INTERFACE_OBJECT
            ]
            if told and all(each.types.isdisjoint(types) for types in told):
                return True
        return False

    def satisfy(self, demand: Demand) -> Arrival:
        arrival = self.take(demand.place, demand.field, demand.offers, wanted=demand.wanted)
        for hop in arrival.hops():
            hop.serves.add(demand.part)
        graphs = {node.graph for node in demand.offers}
        for above in demand.place.chain():
            for graph in graphs:
                above.cover[graph] -= 1
        return arrival
