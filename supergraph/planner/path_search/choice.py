"""One way for each leaf, cheapest together, within the budget.

Leaves that only one subgraph can resolve come first: what they need must be fetched anyway. The others then take what
is there already, and where nothing is, the cheapest way that also serves most of what is still open. That is the greedy
way through a Steiner tree: each choice makes later ones cheaper, none is ever multiplied with another.
"""

from supergraph.planner.operation.model import (
    ArgumentValue,
    FieldSelection,
    Selection,
)
from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError
from supergraph.planner.path_search.budget import Purse
from supergraph.planner.path_search.demands import Demand, Demands, response_path
from supergraph.planner.path_search.direct import Provided, Steps
from supergraph.planner.path_search.indirect import Reach
from supergraph.planner.path_search.model import (
    TYPENAME,
    Arrival,
    Candidate,
    Hop,
    InputField,
    InputFragment,
    InputSelection,
    Leaf,
    Place,
    ResponseKeys,
    SelectionKey,
    Way,
)
from supergraph.planner.query_graph.field_sets import SetField, SetFragment
from supergraph.planner.query_graph.model import FieldEdge, KeyEdge, Node, NodeKind, QueryGraph
from supergraph.spec import TypeName

_TYPENAME = FieldSelection(str(TYPENAME), TYPENAME)


def choose_hops(
    graph: QueryGraph,
    root_type: TypeName,
    selections: tuple[Selection, ...],
    active: frozenset[str],
    purse: Purse,
) -> tuple[Hop, ...]:
    """The visits that answer `selections` on a root type. Raises PlanningStoppedError where there is no way."""
    return _Choice(graph, root_type, active, purse).choose(selections)


class _Choice:
    def __init__(self, graph: QueryGraph, root_type: TypeName, active: frozenset[str], purse: Purse) -> None:
        self.graph = graph
        self.steps = Steps(graph, active)
        roots = tuple(edge.target for edge in graph.roots(root_type))
        self.reach = Reach(self.steps, roots, purse)
        self.root = Place(root_type, frozenset({root_type}), ResponseKeys())
        self.hops: list[Hop] = []

    def choose(self, selections: tuple[Selection, ...]) -> tuple[Hop, ...]:
        demands = Demands(self.reach)
        demands.ask(self.root, selections)
        # One way only first; of those the near before the far, so that the far can start from what is there.
        ordered = sorted(demands.found, key=lambda each: (each.may_be_void, len(each.offers) > 1, each.least))
        for demand in ordered:
            if not (demand.may_be_void and self._is_void(demand)):
                self.satisfy(demand)
        return tuple(self.hops)

    # --- leaves

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
        graphs = {node.graph for node in demand.offers}
        for above in demand.place.chain():
            for graph in graphs:
                above.cover[graph] -= 1
        return arrival

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
        mark: SelectionKey = (field.response_key, field.conditions)
        leaf = best.leaves.get(mark)
        if leaf is None:
            best.leaves[mark] = Leaf(field, offers[best.node], wanted)
        else:
            leaf.wanted = leaf.wanted or wanted
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
                PlanningCode.UNREACHABLE_FIELD, f"no subgraph can resolve {response_path(place, _TYPENAME)}"
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
                arrival = self._enter(Hop(len(self.hops), node.graph, place), place, node)
                if candidate.source is not None:
                    above = self.arrive(place, candidate.source)
                    self._know_type(above)
                    arrival.hop.wait_for(above.hop)
                return arrival
            case Way.FIELD:
                return self._along_field(place, candidate)
            case Way.NARROW:
                assert place.base is not None
                assert candidate.source is not None
                above = self.arrive(place.base, candidate.source)
                if above.node.kind in {NodeKind.INTERFACE, NodeKind.UNION}:
                    self._know_type(above)
                return self._narrow(above, place, node)
            case Way.KEY:
                assert isinstance(candidate.edge, KeyEdge)
                return self._by_key(place, candidate.edge, candidate.source)
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
        for arrival in above.below:
            if arrival.place is place:
                return arrival
        node = self.graph.target(edge)
        assert node is not None
        provided = self.steps.provided_below(edge, above.provided)
        return self._add(Arrival(above.hop, place, node, above, edge, provided))

    def _add(self, arrival: Arrival) -> Arrival:
        if arrival.parent is not None:
            arrival.parent.below.append(arrival)
        arrival.place.arrivals.append(arrival)
        self.reach.changed(arrival.place)
        return arrival

    def _enter(self, hop: Hop, place: Place, node: Node) -> Arrival:
        self.hops.append(hop)
        arrival = Arrival(hop, place, node)
        hop.arrivals.append(arrival)
        place.whole().entries.append(hop)
        return self._add(arrival)

    def _know_type(self, arrival: Arrival) -> None:
        mark: SelectionKey = (str(TYPENAME), ())
        if mark not in arrival.leaves:
            arrival.place.keys.claim(str(TYPENAME), TYPENAME, ())
            arrival.leaves[mark] = Leaf(_TYPENAME, None, wanted=False)

    # --- hops

    def _by_key(self, place: Place, edge: KeyEdge, source: Node | None) -> Arrival:
        inputs, suppliers = self._key_inputs(place, edge, source)
        hop = self._sibling(place, edge, suppliers)
        if hop is None:
            hop = Hop(len(self.hops), edge.target.graph, place, edge.representation)
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
        mark = (hop.graph, hop.level)
        if mark not in self.reach.asked:
            self.reach.asked.add(mark)
            self.reach.changed(self.root)  # Visits to the same subgraph become cheaper, wherever they are.

    def _sibling(self, place: Place, edge: KeyEdge, suppliers: list[Hop]) -> Hop | None:
        """A visit to the same subgraph for other types of object at the same spot: it takes ours along."""
        level = max([each.level for each in suppliers], default=0) + 1
        for hop in place.whole().entries:
            if (
                hop.graph == edge.target.graph
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
            typename = self._typename_hop(place, None)
        else:
            arrival = self.arrive(place, source)
            inputs = self._supply_from(arrival, selections)
            suppliers.append(arrival.hop)
            typename = self._typename_hop(place, arrival)
        if typename not in suppliers:
            suppliers.append(typename)
        return (InputField(TYPENAME, str(TYPENAME)), *inputs), suppliers

    def _typename_hop(self, place: Place, source: Arrival | None) -> Hop:
        """Who tells the `__typename` for a representation: someone who knows it, where anyone does."""
        known = [source] if source else []
        for arrival in (*known, *place.arrivals, *place.whole().arrivals):
            if arrival.node.kind is not NodeKind.INTERFACE_OBJECT:
                self._know_type(arrival)
                return arrival.hop
        arrival = source or place.arrivals[0]
        self._know_type(arrival)
        return arrival.hop

    def arrive_after(self, place: Place, node: Node, edge: FieldEdge) -> Arrival:
        """Come to a node with what a field requires in the representation."""
        suppliers: list[Hop] = []
        needs: tuple[InputSelection, ...] = ()
        if edge.requires is not None:
            needs = self.supply(place, edge.requires.selections, suppliers)
        level = max([each.level for each in suppliers], default=0) + 1
        for arrival in place.arrivals:
            hop = arrival.hop
            if (
                arrival.node is node
                and arrival.parent is None
                and hop.inputs
                and (hop.level >= level or not hop.followers)
                and not any(hop.reaches(each) for each in suppliers)
            ):
                for name, inputs in hop.inputs.items():
                    merged = _merge_inputs(inputs, needs)
                    if merged is not None and (name == place.type or len(hop.inputs) == 1):
                        hop.inputs[name] = merged
                        for supplier in suppliers:
                            hop.wait_for(supplier)
                        return arrival
        key, source = self._best_key(place, node)
        inputs, more = self._key_inputs(place, key, source)
        hop = Hop(len(self.hops), node.graph, place, key.representation)
        arrival = self._enter(hop, place, node)
        merged = _merge_inputs(inputs, needs)
        assert merged is not None, (
            f"a key and @requires of {edge.source.type}.{edge.name} contradict each other"
        )
        hop.inputs[key.type] = merged
        for supplier in (*suppliers, *more):
            hop.wait_for(supplier)
        self._asked(hop)
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

    # --- inputs

    def supply(self, place: Place, selections: Provided, suppliers: list[Hop]) -> tuple[InputSelection, ...]:
        """Have everything selected fetched at a place. The hops that bring it are added to `suppliers`."""
        found: list[InputSelection] = []
        for each in selections:
            if isinstance(each, SetFragment):
                found += self._supply_fragment(place, each, suppliers)
            elif each.name == TYPENAME:
                self._note(suppliers, self._typename_hop(place, None))
                found.append(InputField(TYPENAME, str(TYPENAME)))
            else:
                found.append(self._supply_field(place, each, suppliers))
        return tuple(found)

    def _supply_fragment(
        self, place: Place, fragment: SetFragment, suppliers: list[Hop]
    ) -> tuple[InputSelection, ...]:
        condition = fragment.type_condition
        if condition is None or condition == place.type:
            return self.supply(place, fragment.selections, suppliers)
        narrowed = self.reach.narrow(place, condition)
        if narrowed is None or not self.reach.at(narrowed):
            return ()
        inner = self.supply(narrowed, fragment.selections, suppliers)
        for arrival in narrowed.arrivals:
            if arrival.hop in suppliers:
                self._note(suppliers, self._typename_hop(place, None))
                break
        return (InputFragment(condition, inner),)

    def _supply_field(self, place: Place, field: SetField, suppliers: list[Hop]) -> InputField:
        selection = _as_selection(place, field)
        candidates = self.reach.at(place)
        if field.selections:
            whole = [
                node
                for node, each in candidates.items()
                if self.steps.can_select(node, (field,), each.provided)
            ]
            if whole:
                node = min(whole, key=lambda each: (candidates[each].cost, candidates[each].level))
                edge = self.steps.offer(node, field.name, candidates[node].provided)
                arrival = self.arrive(place, node, edge)
                self._note(suppliers, arrival.hop)
                [found] = self._supply_from(arrival, (field,))
                assert isinstance(found, InputField)
                return found
            inner = self.supply(self.reach.child(place, selection), field.selections, suppliers)
            return InputField(field.name, selection.response_key, inner)
        offers: dict[Node, FieldEdge | None] = {}
        for node, each in candidates.items():
            edge = self.steps.offer(node, field.name, each.provided)
            if edge is not None:
                offers[node] = edge
        if offers:
            self._note(suppliers, self.take(place, selection, offers, wanted=False).hop)
            return InputField(field.name, selection.response_key)
        for type_name in self.reach.possible_here(place):
            narrowed = self.reach.narrow(place, type_name)
            if narrowed is not None and self.reach.at(narrowed):
                self._supply_field(narrowed, field, suppliers)
        return InputField(field.name, selection.response_key)

    def _supply_from(self, arrival: Arrival, selections: Provided) -> tuple[InputSelection, ...]:
        """Take everything selected from one visit, which is known to have it."""
        found: list[InputSelection] = []
        for each in selections:
            if isinstance(each, SetFragment):
                condition = each.type_condition
                if condition is None or condition == arrival.node.type:
                    found += self._supply_from(arrival, each.selections)
                    continue
                narrowed = self.reach.narrow(arrival.place, condition)
                node = self.steps.narrowed(arrival.node, condition)
                if narrowed is None or node is None:
                    continue
                self._know_type(arrival)
                below = self._narrow(arrival, narrowed, node)
                found.append(InputFragment(condition, self._supply_from(below, each.selections)))
                continue
            if each.name == TYPENAME:
                self._know_type(arrival)
                found.append(InputField(TYPENAME, str(TYPENAME)))
                continue
            edge = self.steps.offer(arrival.node, each.name, arrival.provided)
            assert edge is not None, f"{arrival.node} has lost {each.name}"
            selection = _as_selection(arrival.place, each)
            if each.selections:
                place = self.reach.child(arrival.place, selection)
                inner = self._supply_from(self.step(arrival, place, edge), each.selections)
                found.append(InputField(each.name, selection.response_key, inner))
                continue
            mark: SelectionKey = (selection.response_key, ())
            if mark not in arrival.leaves:
                arrival.leaves[mark] = Leaf(selection, edge, wanted=False)
            found.append(InputField(each.name, selection.response_key))
        return tuple(found)

    def _narrow(self, above: Arrival, place: Place, node: Node) -> Arrival:
        for arrival in above.below:
            if arrival.place is place:
                return arrival
        return self._add(Arrival(above.hop, place, node, above, None, above.provided))

    @staticmethod
    def _note(suppliers: list[Hop], hop: Hop) -> None:
        if hop not in suppliers:
            suppliers.append(hop)


def _as_selection(place: Place, field: SetField) -> FieldSelection:
    """A field of a field set as a field of the response, under a key that disturbs nobody."""
    arguments = tuple(ArgumentValue(name, value) for name, value in sorted(field.arguments))
    return FieldSelection(place.keys.free_key(field.name, arguments), field.name, arguments)


def _merge_inputs(
    one: tuple[InputSelection, ...], other: tuple[InputSelection, ...]
) -> tuple[InputSelection, ...] | None:
    """Both at once; None where they read one name from two places."""
    fields: dict[str, InputField] = {}
    fragments: dict[str, InputFragment] = {}
    order: list[tuple[str, str]] = []
    for each in (*one, *other):
        if isinstance(each, InputField):
            known = fields.get(each.name)
            if known is None:
                order.append(("field", each.name))
                fields[each.name] = each
                continue
            inner = _merge_inputs(known.selections, each.selections)
            if known.source != each.source or inner is None:
                return None
            fields[each.name] = InputField(each.name, each.source, inner)
        else:
            same = fragments.get(each.type_condition)
            if same is None:
                order.append(("fragment", each.type_condition))
                fragments[each.type_condition] = each
                continue
            inner = _merge_inputs(same.selections, each.selections)
            if inner is None:
                return None
            fragments[each.type_condition] = InputFragment(each.type_condition, inner)
    return tuple(fields[name] if kind == "field" else fragments[TypeName(name)] for kind, name in order)
