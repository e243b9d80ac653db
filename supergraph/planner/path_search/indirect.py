"""Steps across subgraphs: everything that can be reached at a place, and what it would cost.

The cost of being at a place follows from the place above, by a field, and from other subgraphs at the same place,
by a key. So each place is looked at once for all that is asked there (and again only after something on the way
to it was chosen), and no path is ever written out: the work grows with the operation, not with the number of ways.
"""

from supergraph.planner.path_search.budget import Purse
from supergraph.planner.path_search.contexts import context_place
from supergraph.planner.path_search.cost import HOP, SHARED_HOP, UNREACHABLE
from supergraph.planner.path_search.direct import Provided, Steps
from supergraph.planner.path_search.model import TYPENAME, Candidate, Place, Way
from supergraph.planner.path_search.places import Places
from supergraph.planner.query_graph.field_sets import SetField, SetFragment, read_context_selection
from supergraph.planner.query_graph.model import FieldEdge, KeyEdge, Node, NodeKind
from supergraph.spec import GraphName, TypeName

Price = tuple[int, int]
"""Cost, and the level at which it is had."""


class Reach(Places):
    __slots__ = ("_cut_short", "_pending", "asked", "claimed", "clock", "part", "purse", "roots")

    def __init__(self, steps: Steps, roots: tuple[Node, ...], purse: Purse) -> None:
        super().__init__(steps)
        self.roots = roots
        self.purse = purse
        self.clock = 0
        self.part = 0
        """The part of the answer that is looked at: what is deferred never makes another part wait for it."""
        self.asked: set[tuple[GraphName, int, int]] = set()
        """The subgraphs that are asked for entities already, at which level and for which part."""
        self.claimed = False
        """Whether all that the client asks is known: then it is known, too, which response keys clash."""
        self._pending: set[tuple[int, Node, str]] = set()
        self._cut_short = 0

    def changed(self, place: Place) -> None:
        """Something was chosen at a place: what follows from it is looked at anew."""
        self.clock += 1
        place.changed = self.clock

    def at(self, place: Place) -> dict[Node, Candidate]:
        """The cheapest way to each node that can be reached at a place."""
        if place.reach_at == self.clock:
            return place.reach
        since = max([each.changed for each in place.chain()])
        if place.reach_at >= since:
            return place.reach
        cut_short = self._cut_short
        candidates = self._from_above(place)
        for arrival in place.arrivals:
            here = Candidate(arrival.node, Way.HERE, 0, arrival.hop.level, place, provided=arrival.provided)
            if here.better_than(candidates.get(arrival.node)) or arrival.provided:
                candidates[arrival.node] = here
        place.reach = candidates
        place.reach_at = self.clock
        self.purse.spend(1 + len(candidates))
        self._by_keys(place, candidates)
        if self._cut_short != cut_short and self._pending:
            place.reach_at = -1  # Seen from within a circle: true here, not elsewhere.
        return candidates

    def _from_above(self, place: Place) -> dict[Node, Candidate]:
        candidates: dict[Node, Candidate] = {}
        if place.parts:
            return self._from_parts(place)
        if place.base is not None:
            for node, above in self.at(place.base).items():
                target = self.steps.narrowed(node, place.type)
                if target is not None and not self.must_be_told(place, target):
                    found = Candidate(
                        target, Way.NARROW, above.cost, above.level, above.entry, node, None, above.provided
                    )
                    if found.better_than(candidates.get(target)):
                        candidates[target] = found
            return candidates
        if place.parent is None or place.field is None:
            return {node: Candidate(node, Way.ROOT, HOP, 1, place) for node in self.roots}
        name = place.field.name
        for node, above in self.at(place.parent).items():
            edge = self.steps.offer(node, name, above.provided)
            target = self.steps.graph.target(edge) if edge is not None else None
            if edge is None or target is None:
                continue
            cost, level, entry = above.cost, above.level, above.entry
            if edge.requires is not None or edge.context_arguments:
                price = self.after(place.parent, node, edge)
                if price is None:
                    continue
                (cost, level), entry = price, place.parent
            below = self.steps.provided_below(edge, above.provided)
            found = Candidate(target, Way.FIELD, cost, level, entry, node, edge, below)
            if found.better_than(candidates.get(target)):
                candidates[target] = found
        return candidates

    def _from_parts(self, place: Place) -> dict[Node, Candidate]:
        met = [self.at(part).get(node) for part, node in place.parts]
        if any(each is None for each in met):
            return {}
        # What is above is there for all of them: a sum would count it once for each, at every level anew.
        cost = max(each.cost for each in met if each is not None) + (len(met) - 1) * HOP
        level = max(each.level for each in met if each is not None)
        node = self.steps.join(place.type, tuple([node for _, node in place.parts]))
        return {node: Candidate(node, Way.JOINED, cost, level, place)}

    def must_be_told(self, place: Place, node: Node) -> bool:
        """Whether a node may be asked at a narrowed place only in a visit of its own, for objects of that type alone.

        An interface object cannot tell types apart. Asked for all of them at once, it would have one answer for a
        response key that means something else for each.
        """
        return (
            node.kind is NodeKind.INTERFACE_OBJECT
            and place.base is not None
            and place.keys.clashes
            and self.claimed
        )

    def _by_keys(self, place: Place, candidates: dict[Node, Candidate]) -> None:
        """Add what keys open, then what those open, until nothing gets cheaper."""
        graph = self.steps.graph
        fresh = True
        while fresh:
            fresh = False
            for type_name in dict.fromkeys([node.type for node in candidates]):
                if not self._is_known(place, type_name):
                    continue
                for group in graph.key_groups(type_name):
                    source = self.key_source(candidates, type_name, group[0])
                    if source is None:
                        continue
                    self.purse.spend(len(group))
                    for edge in group:
                        if edge.target is source.node:
                            continue
                        level = source.level + 1
                        cost = source.cost + self.hop_cost(edge.target, level)
                        found = Candidate(edge.target, Way.KEY, cost, level, place, source.node, edge)
                        known = candidates.get(edge.target)
                        if found.better_than(known):
                            candidates[edge.target] = found
                            fresh = True
            if not fresh:
                fresh = self._by_gathered_keys(place, candidates)
        if place.type == graph.supergraph.query and place.parent is not None:
            self._by_root(place, candidates)

    def _by_root(self, place: Place, candidates: dict[Node, Candidate]) -> None:
        """The query's root type met below the root: any subgraph may be asked for it anew."""
        source: Candidate | None = None
        for each in candidates.values():
            if each.better_than(source):
                source = each
        if source is None:
            return
        for root in self.steps.graph.roots(place.type):
            found = Candidate(root.target, Way.ROOT, source.cost + HOP, source.level + 1, place, source.node)
            if found.better_than(candidates.get(root.target)):
                candidates[root.target] = found

    def hop_cost(self, target: Node, level: int) -> int:
        return SHARED_HOP if (target.graph, level, self.part) in self.asked else HOP

    def _is_known(self, place: Place, type_name: TypeName) -> bool:
        """Whether an object met here may be sent as an entity of this type.

        An interface object answers for an object whose type it does not know; its interface's keys are then a matter
        of the place that was not narrowed.
        """
        return place.base is None or place.type == type_name

    def key_source(
        self, candidates: dict[Node, Candidate], type_name: TypeName, edge: KeyEdge
    ) -> Candidate | None:
        """Who gives a whole key at the least cost."""
        best: Candidate | None = None
        rank = (UNREACHABLE, 0, 0)
        key = edge.key
        for node, candidate in candidates.items():
            if node.type != type_name or candidate.cost > rank[0]:
                continue
            mine = (candidate.cost, candidate.level, -candidate.entry.cover.get(node.graph, 0))
            if mine < rank and self.steps.has_key(node, key.text, key.selections, candidate.provided):
                best, rank = candidate, mine
        return best

    def _by_gathered_keys(self, place: Place, candidates: dict[Node, Candidate]) -> bool:
        """Keys whose fields no single subgraph has, gathered from several."""
        for type_name in dict.fromkeys([node.type for node in candidates]):
            if not self._is_known(place, type_name):
                continue
            for group in self.steps.graph.key_groups(type_name):
                if all(edge.target in candidates for edge in group):
                    continue
                if self.key_source(candidates, type_name, group[0]) is not None:
                    continue
                price = self.gather(place, group[0].key.selections)
                if price is None:
                    continue
                fresh = False
                for edge in group:
                    found = Candidate(edge.target, Way.KEY, price[0] + HOP, price[1] + 1, place, None, edge)
                    if edge.target not in candidates:
                        candidates[edge.target] = found
                        fresh = True
                if fresh:
                    self.changed(place)  # The shadows below have seen less.
                    place.reach_at = self.clock
                    return True
        return False

    def gather(self, place: Place, selections: Provided) -> Price | None:
        """What it would cost to know all that is selected at a place; None where it cannot be known."""
        candidates = self.at(place)
        visits: dict[int, int] = {}
        level = 0
        for each in selections:
            price: Price | None
            if isinstance(each, SetFragment):
                price = self._gather_fragment(place, each)
                mark = id(each)
            elif each.name == TYPENAME:
                continue
            else:
                found = self._gather_field(place, candidates, each)
                price, mark = found if found is not None else (None, 0)
            if price is None:
                return None
            visits[mark] = max(visits.get(mark, 0), price[0])
            level = max(level, price[1])
        return sum(visits.values()), level

    def _gather_fragment(self, place: Place, fragment: SetFragment) -> Price | None:
        condition = fragment.type_condition
        if condition is None or condition == place.type:
            return self.gather(place, fragment.selections)
        narrowed = self.narrow(place, condition)
        if narrowed is None or not self.at(narrowed):
            return 0, 0
        return self.gather(narrowed, fragment.selections)

    def _gather_field(
        self, place: Place, candidates: dict[Node, Candidate], field: SetField
    ) -> tuple[Price, int] | None:
        """The price of one field, and which visit brings it: fields of one visit are paid once."""
        best: tuple[Price, int] | None = None
        wanted: Provided = (field,)
        for node, candidate in candidates.items():
            self.purse.spend(1)
            edge = self.steps.offer(node, field.name, candidate.provided)
            if edge is None:
                continue
            price: Price | None = (candidate.cost, candidate.level)
            if edge.requires is not None or edge.context_arguments:
                if field.selections:
                    continue
                price = self.after(place, node, edge)
            elif field.selections and not self.steps.can_select(node, wanted, candidate.provided):
                continue
            if price is not None and (best is None or price < best[0]):
                best = price, id(candidate)
        if best is None and field.selections:
            shadow = self.shadow(place, field)
            price = self.gather(shadow, field.selections)
            return None if price is None else (price, id(field))
        if best is None and not candidates:
            return None
        if best is None and place.base is None:
            return self._gather_by_type(place, field)
        return best

    def _gather_by_type(self, place: Place, field: SetField) -> tuple[Price, int] | None:
        """A field that is on offer for each possible type, but not for all at once."""
        if self.steps.graph.members(place.type) == (place.type,):
            return None
        cost = level = 0
        for type_name in self.possible_here(place):
            narrowed = self.narrow(place, type_name)
            if narrowed is None:
                continue
            price = self.gather(narrowed, (field,))
            if price is None:
                return None
            cost, level = max(cost, price[0]), max(level, price[1])
        return (cost, level), id(field)

    def after(self, place: Place, node: Node, edge: FieldEdge) -> Price | None:
        """What it would cost to take a field that requires others: to know those, and to come (back) with them."""
        mark = (id(place), node, edge.name)
        if mark in self._pending:
            self._cut_short += 1
            return None
        self._pending.add(mark)
        try:
            needs: Price | None = (0, 0)
            if edge.requires is not None:
                needs = self.gather(place, edge.requires.selections)
            for argument in edge.context_arguments:
                above = context_place(self.steps.graph, place, argument.context)
                price = (
                    self.gather(above, read_context_selection(argument.selection).selections)
                    if above
                    else None
                )
                needs = (
                    (needs[0] + price[0], max(needs[1], price[1])) if needs is not None and price else None
                )
            if needs is None:
                return None
            for hop in place.whole().entries:
                if (
                    hop.graph == node.graph
                    and hop.part == self.part
                    and any(each.node is node for each in hop.arrivals)
                ):
                    return needs[0], max(needs[1] + 1, hop.level)
            best: Price | None = None
            for key in self.keys_into(place, node):
                source = self.key_source(self.at(place), key.type, key)
                price = (source.cost, source.level) if source else self.gather(place, key.key.selections)
                if price is not None and (best is None or price < best):
                    best = price
            if best is None:
                return None
            return needs[0] + best[0] + HOP, max(needs[1], best[1]) + 1
        finally:
            self._pending.discard(mark)

    def keys_into(self, place: Place, node: Node) -> list[KeyEdge]:
        """The doors of a node that objects at a place may use."""
        names = dict.fromkeys([place.type, node.type])
        return [
            edge
            for name in names
            for edge in self.steps.graph.keys(name)
            if edge.target is node and self._is_known(place, name)
        ]
