"""Candidates made real: from "it can be had there, for so much" to visits and what they ask.

Everything that is there already is used before anything is added, and what is added says what it waits for.
"""

from supergraph.planner.operation.model import (
    FieldSelection,
)
from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError
from supergraph.planner.path_search.budget import Purse
from supergraph.planner.path_search.conditions import Conditions, merge_inputs
from supergraph.planner.path_search.contexts import context_place
from supergraph.planner.path_search.demands import response_path
from supergraph.planner.path_search.direct import Steps
from supergraph.planner.path_search.indirect import Reach
from supergraph.planner.path_search.model import (
    TYPENAME,
    Arrival,
    Candidate,
    ContextInput,
    Hop,
    InputField,
    InputSelection,
    Place,
    ResponseKeys,
    SelectionKey,
    Way,
)
from supergraph.planner.query_graph.field_sets import read_context_selection
from supergraph.planner.query_graph.model import FieldEdge, KeyEdge, Node, NodeKind, QueryGraph
from supergraph.spec import TypeName

_TYPENAME = FieldSelection(str(TYPENAME), TYPENAME)
_TYPENAME_MARK: SelectionKey = (str(TYPENAME), ())


class Arrivals(Conditions):
    """The visits chosen so far, and how to add to them."""

    def __init__(
        self,
        graph: QueryGraph,
        root_type: TypeName,
        active: frozenset[str],
        purse: Purse,
        variables: frozenset[str],
    ) -> None:
        roots = tuple(edge.target for edge in graph.roots(root_type))
        super().__init__(Reach(Steps(graph, active), roots, purse))
        self.graph = graph
        self.root = Place(root_type, frozenset({root_type}), ResponseKeys())
        self.hops: list[Hop] = []
        self.context_values = 0
        self.variables = variables

    def take(
        self, place: Place, field: FieldSelection, offers: dict[Node, FieldEdge | None], *, wanted: bool
    ) -> Arrival:
        """Resolve a leaf at a place by the cheapest of the nodes on offer."""
        best: Arrival | None = None
        for arrival in place.arrivals:
            if arrival.node in offers and (best is None or arrival.hop.level < best.hop.level):
                edge = offers[arrival.node]
                if edge is None or self._is_free(edge, arrival):
                    best = arrival
        edge = None
        if best is None:
            node = self._cheapest(place, offers)
            edge = offers[node]
            best = self.arrive_for(place, node, edge)
        self.take_leaf(best, field, offers[best.node], wanted=wanted)
        return best

    def _is_free(self, edge: FieldEdge, arrival: Arrival) -> bool:
        if edge.requires is not None or edge.context_arguments:
            return False
        return not edge.external or self.steps.offer(arrival.node, edge.name, arrival.provided) is not None

    def _cheapest(self, place: Place, offers: dict[Node, FieldEdge | None]) -> Node:
        candidates = self.reach.at(place)
        best: tuple[int, int, int] | None = None
        chosen: Node | None = None
        for node, edge in offers.items():
            candidate = candidates.get(node)
            if candidate is None:
                continue
            cost, level, entry = candidate.cost, candidate.level, candidate.entry
            if edge is not None and (edge.requires is not None or edge.context_arguments):
                price = self.reach.after(place, node, edge)
                if price is None:
                    continue
                cost, level = price
                entry = place
            rank = (cost, level, -entry.cover.get(node.graph, 0))
            if best is None or rank < best:
                best, chosen = rank, node
        if chosen is None:
            raise PlanningStoppedError(
                PlanningCode.UNREACHABLE_FIELD,
                f"no subgraph can resolve {'.'.join(response_path(place, _TYPENAME))}",
            )
        return chosen

    # --- arrivals

    def arrive_for(self, place: Place, node: Node, edge: FieldEdge | None) -> Arrival:
        """Be at a node such that a field can be taken: with its requirements known, or along a path providing it."""
        if edge is not None and (edge.requires is not None or edge.context_arguments):
            return self.arrive_after(place, node, edge)
        return self.arrive(place, node, edge)

    def arrive(self, place: Place, node: Node, edge: FieldEdge | None = None) -> Arrival:
        best: Arrival | None = None
        for arrival in place.arrivals:
            if (
                arrival.node is node
                and (edge is None or self._is_free(edge, arrival))
                and (best is None or arrival.hop.level < best.hop.level)
            ):
                best = arrival
        if best is not None:
            return best
        candidate = self.reach.at(place)[node]
        match candidate.way:
            case Way.ROOT:
                arrival = self._enter(Hop(len(self.hops), node.graph, place, self.reach.part), place, node)
                if candidate.source is not None:
                    above = self.arrive(place, candidate.source)
                    self.know_type(above)
                    arrival.hop.wait_for(above.hop)
                return arrival
            case Way.FIELD:
                return self._along_field(place, candidate)
            case Way.NARROW:
                assert place.base is not None
                assert candidate.source is not None
                above = self.arrive(place.base, candidate.source)
                if above.node.kind in {NodeKind.INTERFACE, NodeKind.UNION}:
                    self.know_type(above)
                return self.stay(above, place, node)
            case Way.KEY:
                assert isinstance(candidate.edge, KeyEdge)
                return self._by_key(place, candidate.edge, candidate.source)
            case Way.JOINED:
                return self._join(place, node)
            case Way.HERE:
                raise AssertionError("an arrival that exists was found before")

    def _along_field(self, place: Place, candidate: Candidate) -> Arrival:
        assert place.parent is not None
        assert candidate.source is not None
        assert isinstance(candidate.edge, FieldEdge)
        above = self.arrive_for(place.parent, candidate.source, candidate.edge)
        return self.step(above, place, candidate.edge)

    def step(self, above: Arrival, place: Place, edge: FieldEdge) -> Arrival:
        """Go on along a field within the same visit."""
        known = above.below.get(place)
        if known is not None:
            return known
        node = self.graph.target(edge)
        assert node is not None
        provided = self.steps.provided_below(edge, above.provided)
        return self._add(Arrival(above.hop, place, node, above, edge, provided))

    def _join(self, place: Place, node: Node) -> Arrival:
        parts = tuple([self.arrive(part, there) for part, there in place.parts])
        last = max(parts, key=lambda each: each.hop.level)
        arrival = Arrival(last.hop, place, node)
        arrival.parts = parts
        return self._add(arrival)

    def _add(self, arrival: Arrival) -> Arrival:
        if arrival.parent is not None:
            arrival.parent.below[arrival.place] = arrival
        arrival.place.arrivals.append(arrival)
        self.reach.changed(arrival.place)
        return arrival

    def _enter(self, hop: Hop, place: Place, node: Node) -> Arrival:
        self.hops.append(hop)
        arrival = Arrival(hop, place, node)
        hop.arrivals.append(arrival)
        place.whole().entries.append(hop)
        return self._add(arrival)

    def know_type(self, arrival: Arrival) -> None:
        for part in arrival.parts:
            self.know_type(part)
        if not arrival.parts and _TYPENAME_MARK not in arrival.leaves:
            arrival.place.keys.claim(str(TYPENAME), TYPENAME, ())
            arrival.add_leaf(_TYPENAME, None, wanted=False)

    # --- hops

    def _by_key(self, place: Place, edge: KeyEdge, source: Node | None) -> Arrival:
        inputs, suppliers = self._key_inputs(place, edge, source)
        hop = self._sibling(place, edge, suppliers)
        if hop is None:
            hop = Hop(len(self.hops), edge.target.graph, place, self.reach.part, edge.representation)
            arrival = self._enter(hop, place, edge.target)
        else:
            arrival = Arrival(hop, place, edge.target)
            hop.arrivals.append(arrival)
            self._add(arrival)
        hop.inputs[edge.type] = inputs
        for supplier in suppliers:
            hop.wait_for(supplier)
        self._asked(hop)
        return arrival

    def _asked(self, hop: Hop) -> None:
        mark = (hop.graph, hop.level, hop.part)
        if mark not in self.reach.asked:
            self.reach.asked.add(mark)
            self.reach.changed(self.root)  # Visits to the same subgraph become cheaper, wherever they are.

    def _sibling(self, place: Place, edge: KeyEdge, suppliers: list[Hop]) -> Hop | None:
        """A visit to the same subgraph for other types of object at the same spot: it takes ours along."""
        if self.reach.must_be_told(place, edge.target):
            return None
        level = max([each.level for each in suppliers], default=0) + 1
        for hop in place.whole().entries:
            if (
                hop.graph == edge.target.graph
                and hop.part == self.reach.part
                and hop.inputs
                and hop.sends_as == edge.representation
                and edge.type not in hop.inputs
                and hop.level >= level
                and all(self._apart(each.place, place) for each in hop.arrivals)
                and not any(hop.reaches(each) for each in suppliers)
            ):
                return hop
        return None

    def _apart(self, one: Place, other: Place) -> bool:
        return one.types.isdisjoint(other.types)

    def _key_inputs(
        self, place: Place, edge: KeyEdge, source: Node | None
    ) -> tuple[tuple[InputSelection, ...], list[Hop]]:
        selections = edge.key.selections
        suppliers: list[Hop] = []
        if source is None:
            inputs = self.supply(place, selections, suppliers)
            typename = self.typename_hops(place, None)
        else:
            arrival = self.arrive(place, source)
            inputs = self._supply_from(arrival, selections)
            self._note(suppliers, arrival.hops())
            typename = self.typename_hops(place, arrival)
        self._note(suppliers, typename)
        return (InputField(TYPENAME, str(TYPENAME)), *inputs), suppliers

    def typename_hops(self, place: Place, source: Arrival | None) -> list[Hop]:
        """Who tells the `__typename` for a representation: someone who knows it, where anyone does."""
        known = [source] if source else []
        for arrival in (*known, *place.arrivals, *place.whole().arrivals):
            if arrival.node.kind is not NodeKind.INTERFACE_OBJECT:
                self.know_type(arrival)
                return arrival.hops()
        arrival = source or place.arrivals[0]
        self.know_type(arrival)
        return arrival.hops()

    def arrive_after(self, place: Place, node: Node, edge: FieldEdge) -> Arrival:
        """Come to a node with what a field requires: in the representation, or from a context above."""
        for arrival in place.arrivals:
            if arrival.node is node and edge in arrival.hop.contexts:
                return arrival
        suppliers: list[Hop] = []
        needs: tuple[InputSelection, ...] = ()
        if edge.requires is not None:
            needs = self.supply(place, edge.requires.selections, suppliers)
        contexts = self._contexts(place, edge, suppliers)
        arrival = self._extendable(place, node, needs, suppliers) or self._new_entry(place, node, edge, needs)
        for supplier in suppliers:
            arrival.hop.wait_for(supplier)
        if contexts:
            arrival.hop.contexts[edge] = contexts
        self._asked(arrival.hop)
        return arrival

    def _contexts(self, place: Place, edge: FieldEdge, suppliers: list[Hop]) -> tuple[ContextInput, ...]:
        found: list[ContextInput] = []
        for argument in edge.context_arguments:
            above = context_place(self.graph, place, argument.context)
            assert above is not None, f"{edge.source.type}.{edge.name} was on offer without its context"
            inputs = self.supply(above, read_context_selection(argument.selection).selections, suppliers)
            found.append(ContextInput(argument.name, self._context_variable(), argument.type, above, inputs))
        return tuple(found)

    def _context_variable(self) -> str:
        while True:
            self.context_values += 1
            variable = f"_context{self.context_values}"
            if variable not in self.variables:
                return variable

    def _extendable(
        self, place: Place, node: Node, needs: tuple[InputSelection, ...], suppliers: list[Hop]
    ) -> Arrival | None:
        """A visit that is made anyway and can wait for what is needed, now with that in its representations."""
        level = max([each.level for each in suppliers], default=0) + 1
        for arrival in place.arrivals:
            hop = arrival.hop
            if (
                arrival.node is not node
                or arrival.parent is not None
                or hop.part != self.reach.part
                or not hop.inputs
                or (hop.level < level and hop.followers)
                or any(hop.reaches(each) for each in suppliers)
            ):
                continue
            for name, inputs in hop.inputs.items():
                merged = merge_inputs(inputs, needs)
                if merged is not None and (name == place.type or len(hop.inputs) == 1):
                    hop.inputs[name] = merged
                    return arrival
        return None

    def _new_entry(
        self, place: Place, node: Node, edge: FieldEdge, needs: tuple[InputSelection, ...]
    ) -> Arrival:
        key, source = self._best_key(place, node)
        inputs, suppliers = self._key_inputs(place, key, source)
        hop = Hop(len(self.hops), node.graph, place, self.reach.part, key.representation)
        arrival = self._enter(hop, place, node)
        merged = merge_inputs(inputs, needs)
        assert merged is not None, (
            f"a key and @requires of {edge.source.type}.{edge.name} contradict each other"
        )
        hop.inputs[key.type] = merged
        for supplier in suppliers:
            hop.wait_for(supplier)
        return arrival

    def _best_key(self, place: Place, node: Node) -> tuple[KeyEdge, Node | None]:
        candidates = self.reach.at(place)
        best: Candidate | None = None
        chosen: KeyEdge | None = None
        doors = self.reach.keys_into(place, node)
        for key in doors:
            source = self.reach.key_source(candidates, key.type, key)
            if source is not None and source.better_than(best):
                best, chosen = source, key
        if chosen is not None and best is not None:
            return chosen, best.node
        for key in doors:
            if self.reach.gather(place, key.key.selections) is not None:
                return key, None
        raise PlanningStoppedError(
            PlanningCode.UNREACHABLE_FIELD,
            f"no key leads to {node.type} in {self.graph.subgraph_name(node.graph)}",
        )

    def stay(self, above: Arrival, place: Place, node: Node) -> Arrival:
        known = above.below.get(place)
        if known is not None:
            return known
        arrival = Arrival(above.hop, place, node, above, None, above.provided)
        if above.parts:
            arrival.parts = self._stay_in_parts(above, place)
        return self._add(arrival)

    def _stay_in_parts(self, above: Arrival, place: Place) -> tuple[Arrival, ...]:
        """The visits that may bring objects of the types of a narrowed place, each narrowed."""
        found: list[Arrival] = []
        for part in above.parts:
            types = tuple([each for each in place.alike if each in part.place.types])
            if place.alike:
                narrowed = self.reach.narrow_to_group(part.place, types) if types else None
            else:
                narrowed = self.reach.narrow(part.place, place.type)
            node = self.steps.narrowed(part.node, narrowed.type) if narrowed is not None else None
            if narrowed is not None and node is not None:
                self.know_type(part)
                found.append(self.stay(part, narrowed, node))
        return tuple(found)
