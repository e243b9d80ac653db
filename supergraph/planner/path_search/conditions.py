"""Inputs: the key fields and `@requires` of a visit, had from other visits.

A condition is asked like what the client asks, only that nobody wanted it: at the same places, by the same rules. It
may have conditions of its own.
"""

from abc import ABC, abstractmethod

from supergraph.planner.operation.model import (
    ArgumentValue,
    FieldSelection,
)
from supergraph.planner.path_search.direct import Provided
from supergraph.planner.path_search.indirect import Reach
from supergraph.planner.path_search.model import (
    TYPENAME,
    Arrival,
    Hop,
    InputField,
    InputFragment,
    InputSelection,
    Place,
)
from supergraph.planner.query_graph.field_sets import SetField, SetFragment
from supergraph.planner.query_graph.model import FieldEdge, Node
from supergraph.spec import TypeName

_TYPENAME = FieldSelection(str(TYPENAME), TYPENAME)


class Conditions(ABC):
    """What a search does for the sake of its own visits. How to be somewhere is told by who inherits."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.steps = reach.steps

    @abstractmethod
    def take(
        self, place: Place, field: FieldSelection, offers: dict[Node, FieldEdge | None], *, wanted: bool
    ) -> Arrival: ...

    @abstractmethod
    def arrive(self, place: Place, node: Node, edge: FieldEdge | None = None) -> Arrival: ...

    @abstractmethod
    def step(self, above: Arrival, place: Place, edge: FieldEdge) -> Arrival: ...

    @abstractmethod
    def stay(self, above: Arrival, place: Place, node: Node) -> Arrival: ...

    @abstractmethod
    def know_type(self, arrival: Arrival) -> None: ...

    @abstractmethod
    def typename_hops(self, place: Place, source: Arrival | None) -> list[Hop]: ...

    def take_leaf(
        self, arrival: Arrival, field: FieldSelection, edge: FieldEdge | None, *, wanted: bool
    ) -> None:
        """Ask for a leaf in a visit; at a joined place, in each visit that brings objects there."""
        for part in arrival.parts:
            there = self.steps.offer(part.node, field.name, part.provided) if edge is not None else None
            self.take_leaf(part, field, there, wanted=wanted)
        if not arrival.parts:
            arrival.add_leaf(field, edge, wanted=wanted)

    def supply(self, place: Place, selections: Provided, suppliers: list[Hop]) -> tuple[InputSelection, ...]:
        """Have everything selected fetched at a place. The hops that bring it are added to `suppliers`."""
        found: list[InputSelection] = []
        for each in selections:
            if isinstance(each, SetFragment):
                found += self._supply_fragment(place, each, suppliers)
            elif each.name == TYPENAME:
                self._note(suppliers, self.typename_hops(place, None))
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
                self._note(suppliers, self.typename_hops(place, None))
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
                self._note(suppliers, arrival.hops())
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
            self._note(suppliers, self.take(place, selection, offers, wanted=False).hops())
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
                self.know_type(arrival)
                below = self.stay(arrival, narrowed, node)
                found.append(InputFragment(condition, self._supply_from(below, each.selections)))
                continue
            if each.name == TYPENAME:
                self.know_type(arrival)
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
            self.take_leaf(arrival, selection, edge, wanted=False)
            found.append(InputField(each.name, selection.response_key))
        return tuple(found)

    @staticmethod
    def _note(suppliers: list[Hop], hops: list[Hop]) -> None:
        suppliers += [hop for hop in hops if hop not in suppliers]


def _as_selection(place: Place, field: SetField) -> FieldSelection:
    """A field of a field set as a field of the response, under a key that disturbs nobody."""
    arguments = tuple(ArgumentValue(name, value) for name, value in sorted(field.arguments))
    return FieldSelection(place.keys.free_key(field.name, arguments), field.name, arguments)


def merge_inputs(
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
            inner = merge_inputs(known.selections, each.selections)
            if known.source != each.source or inner is None:
                return None
            fields[each.name] = InputField(each.name, each.source, inner)
        else:
            same = fragments.get(each.type_condition)
            if same is None:
                order.append(("fragment", each.type_condition))
                fragments[each.type_condition] = each
                continue
            inner = merge_inputs(same.selections, each.selections)
            if inner is None:
                return None
            fragments[each.type_condition] = InputFragment(each.type_condition, inner)
    return tuple(fields[name] if kind == "field" else fragments[TypeName(name)] for kind, name in order)
