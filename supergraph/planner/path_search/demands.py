"""What is asked at each place, and who could answer: the operation laid over the query graph.

Fields of an abstract type are asked of the type as a whole where a subgraph can answer for all its objects; where that
would cost a hop which asking type by type does not, they are asked type by type.
"""

from dataclasses import dataclass
from typing import Final

from supergraph.planner.operation.model import FieldSelection, FragmentSelection, Selection
from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError
from supergraph.planner.path_search.cost import UNREACHABLE
from supergraph.planner.path_search.indirect import Reach
from supergraph.planner.path_search.joining import join_places
from supergraph.planner.path_search.model import TYPENAME, Place
from supergraph.planner.query_graph.model import FieldEdge, Node, NodeKind
from supergraph.spec import TypeName

_TYPENAME: Final = FieldSelection(str(TYPENAME), TYPENAME)

MOST_WAYS: Final = 64
"""Combinations of types that are searched one by one. Beyond them, what a field leads to from objects of different types is
one place: a hop more at times, but work that grows with the levels, not with types to the power of levels.
"""


ResponsePath = tuple[str, ...]
"""Response keys, from the root."""


class UnreachableError(PlanningStoppedError):
    """`asked_whole`: the fields on the way that were asked of all objects of an abstract type at once.

    Asked type by type they may lead further: an object may be an entity that other subgraphs know, too.
    """

    def __init__(self, place: Place, field: FieldSelection, asked_whole: frozenset[ResponsePath]) -> None:
        where = ".".join(response_path(place, field))
        super().__init__(
            PlanningCode.UNREACHABLE_FIELD,
            f"no subgraph can resolve {place.type}.{field.name} where it is asked for ({where})",
        )
        self.asked_whole = asked_whole


@dataclass(slots=True, eq=False)
class Demand:
    """A leaf asked at a place, with the nodes that can resolve it. `wanted`: by the client, not only by us."""

    place: Place
    field: FieldSelection
    offers: dict[Node, FieldEdge | None]
    least: int
    part: int
    wanted: bool = True


class Demands:
    """Gathers demands in the operation's order. Deferrals other than those in `deferred` mean nothing.

    `most_ways`: combinations of types beyond which places are joined; None to join none. `joined`: some were. `apart`: the
    fields of abstract types that are asked type by type, whatever it costs.
    """

    def __init__(
        self,
        reach: Reach,
        root: Place,
        deferred: frozenset[int],
        most_ways: int | None = None,
        apart: frozenset[ResponsePath] = frozenset(),
    ) -> None:
        self.reach = reach
        self.root = root
        self.deferred = deferred
        self.part = 0
        self.steps = reach.steps
        self.graph = reach.steps.graph
        self.found: list[Demand] = []
        self.most_ways = most_ways
        self.apart = apart
        self.joined = False

    def ask_all(self, selections: tuple[Selection, ...]) -> None:
        self.ask(self.root, selections)

    def ask(self, place: Place, selections: tuple[Selection, ...]) -> None:
        before = len(self.found)
        self._ask(place, selections)
        if place is self.root and len(self.found) > before:
            return
        if not any(each.part == self.part for each in self.found[before:]):
            # Nothing to fetch inside, and yet the answer tells whether the object is there.
            self.typename(place, wanted=False)

    def _fragment(self, place: Place, fragment: FragmentSelection) -> None:
        """The selections of a fragment that applies, or may, to what stands at a place."""
        deferral, around = fragment.deferral, self.part
        if deferral is None or deferral.number not in self.deferred:
            self._ask(place, fragment.selections)
            return
        self.part = deferral.number
        self.ask(place, fragment.selections)
        self.part = around

    def _ask(self, place: Place, selections: tuple[Selection, ...]) -> None:
        typename_known = False
        if place.base is None and self._is_abstract(place.type):
            # Which type an object has decides which of its fields may be null.
            self._add(place, _TYPENAME, dict.fromkeys(self.reach.at(place)), wanted=False)
        for selection in selections:
            if isinstance(selection, FieldSelection):
                self.field(place, selection)
                continue
            condition = selection.type_condition
            if condition is None or condition == place.type:
                self._fragment(place, selection)
                continue
            if not self._is_abstract(place.type):
                # Fragments within fragments, each of which fits the one around it, may together fit nothing.
                if place.type in self.graph.members(condition):
                    self._fragment(place, selection)
                continue
            if not typename_known:
                # Whether the fragment applies is seen by it.
                typename_known = True
                self.typename(place, wanted=True)
            narrowed = self.reach.narrow(place, condition)
            if narrowed is None:
                continue
            narrowed = self._meet(place, narrowed)
            if narrowed is not None and self.reach.at(narrowed):
                self._fragment(narrowed, selection)
            elif narrowed is not None and self._is_abstract(condition):
                # No subgraph here has the abstract type: its objects are asked one by one.
                self._by_type(narrowed, selection)

    def _meet(self, place: Place, narrowed: Place) -> Place | None:
        """`narrowed`, unless `place` is itself narrowed to something that leaves less of it."""
        if narrowed.types <= place.types:
            return narrowed
        left = narrowed.types & place.types
        if len(left) == 1:
            return self.reach.narrow(place, next(iter(left)))
        return narrowed if left else None

    def _by_type(self, place: Place, fragment: FragmentSelection) -> None:
        for type_name in self.reach.possible_here(place):
            narrowed = self.reach.narrow(place, type_name)
            if narrowed is not None and self.reach.at(narrowed):
                self._fragment(narrowed, fragment)

    def _is_abstract(self, type_name: TypeName) -> bool:
        return self.graph.members(type_name) != (type_name,)

    def typename(self, place: Place, *, wanted: bool, field: FieldSelection | None = None) -> None:
        asked = field or _TYPENAME
        place.keys.claim(asked.response_key, TYPENAME, ())
        candidates = self.reach.at(place)
        knowing: dict[Node, FieldEdge | None] = {
            node: None for node in candidates if node.kind is not NodeKind.INTERFACE_OBJECT
        }
        if not knowing and field is None:
            knowing = dict.fromkeys(candidates)
        self._add(place, asked, knowing, wanted=wanted)
        if asked.response_key != TYPENAME and self._is_abstract(place.type):
            # Who knows the type tells it under its own name, too: the object is known by that.
            plain = FieldSelection(str(TYPENAME), TYPENAME, conditions=asked.conditions)
            self._add(place, plain, knowing, wanted=False)

    def field(self, place: Place, field: FieldSelection) -> None:
        self.reach.purse.spend(1)
        if field.name == TYPENAME:
            self.typename(place, wanted=True, field=field)
            return
        place.keys.claim(field.response_key, field.name, field.arguments)
        offers, least = self._offers(place, field)
        if place.base is None or self._is_abstract(place.type):
            cheapest = min([each.cost for each in self.reach.at(place).values()], default=UNREACHABLE)
            if self._is_abstract(place.type) and (
                (least > cheapest and self._cheaper_by_type(place, field, least))
                or (self.apart and field.selections and response_path(place, field) in self.apart)
            ):
                self._field_by_type(place, field)
                if not self._has_typename(place):
                    self.typename(place, wanted=False)
                return
        if not offers:
            raise UnreachableError(place, field, self._asked_whole(place))
        if field.selections or self._is_composite(place, field):
            child = self.reach.child(place, field)
            child.asked = True
            self.ask(child, field.selections)
        else:
            self._add(place, field, offers, wanted=True)

    def _asked_whole(self, place: Place) -> frozenset[ResponsePath]:
        return frozenset(
            response_path(each.parent, each.field)
            for each in place.chain()
            if each.parent is not None and each.field is not None and self._is_abstract(each.parent.type)
        )

    def _field_by_type(self, place: Place, field: FieldSelection) -> None:
        groups = [self.reach.narrow_to_group(place, types) for types in self._alike(place, field)]
        narrowed = [each for each in groups if each is not None and self.reach.at(each)]
        ways = place.ways * len(narrowed)
        many = self.most_ways is not None and ways > self.most_ways
        if many and field.selections and len(narrowed) > 1 and not self.deferred:
            joined = join_places(self.reach, place, field, narrowed)
            if joined is not None:
                self.joined = True
                joined.asked = True
                self.ask(joined, field.selections)
                return
        for each in narrowed:
            each.ways = ways
            self.field(each, field)

    def _alike(self, place: Place, field: FieldSelection) -> list[tuple[TypeName, ...]]:
        """The types that may be met at a place, those together that cannot be told apart by who has a field and how.

        Asked one by one, a field that leads to the same types again would be asked types to the power of levels times.
        """
        types = self.reach.possible_here(place)
        if not field.selections:
            return [(each,) for each in types]
        groups: dict[object, list[TypeName]] = {}
        for each in types:
            groups.setdefault(self.steps.graph.likeness(each, field.name), []).append(each)
        return [tuple(group) for group in groups.values()]

    def _has_typename(self, place: Place) -> bool:
        return any(each.place is place and each.field.name == TYPENAME for each in self.found[-4:])

    def _is_composite(self, place: Place, field: FieldSelection) -> bool:
        definition = self.graph.supergraph.composite(place.type)
        return definition is not None and not self.graph.is_leaf_type(
            definition.fields[field.name].type.named
        )

    def _offers(self, place: Place, field: FieldSelection) -> tuple[dict[Node, FieldEdge | None], int]:
        offers: dict[Node, FieldEdge | None] = {}
        least = UNREACHABLE
        for node, candidate in self.reach.at(place).items():
            edge = self.steps.offer(node, field.name, candidate.provided)
            if edge is None:
                continue
            cost = candidate.cost
            if edge.requires is not None or edge.context_arguments:
                price = self.reach.after(place, node, edge)
                if price is None:
                    continue
                cost = price[0]
            offers[node] = edge
            least = min(least, cost)
        return offers, least

    def _cheaper_by_type(self, place: Place, field: FieldSelection, whole: int) -> bool:
        dearest = 0
        for type_name in self.reach.possible_here(place):
            narrowed = self.reach.narrow(place, type_name)
            if narrowed is None or not self.reach.at(narrowed):
                continue
            offers, least = self._offers(narrowed, field)
            if not offers:
                return False
            dearest = max(dearest, least)
        return 0 < dearest < whole and self._answerable_somewhere(place, field)

    def _answerable_somewhere(self, place: Place, field: FieldSelection) -> bool:
        """Whether some subgraph that answers for the object can go on for each type that it may answer with.

        Asking several subgraphs, each for the types it knows more of, would hide that none can be relied on.
        """
        for node in self.reach.at(place):
            if node.kind is NodeKind.INTERFACE_OBJECT or node.type != place.type:
                return True
            types = self.graph.possible(node) & place.types
            if all(self._can_go_on(self.graph.node(each, node.graph), each, field) for each in types):
                return True
        return False

    def _can_go_on(self, node: Node | None, type_name: TypeName, field: FieldSelection) -> bool:
        if node is None:
            return False
        if self.steps.offer(node, field.name) is not None:
            return True
        return any(
            self.steps.has_key(node, group[0].key.text, group[0].key.selections, ())
            for group in self.graph.key_groups(type_name)
        )

    def _add(
        self, place: Place, field: FieldSelection, offers: dict[Node, FieldEdge | None], *, wanted: bool
    ) -> None:
        if not offers:
            return
        candidates = self.reach.at(place)
        least = min([candidates[node].cost for node in offers])
        self.found.append(Demand(place, field, offers, least, self.part, wanted))
        graphs = {node.graph for node in offers}
        for above in place.chain():
            for graph in graphs:
                above.cover[graph] = above.cover.get(graph, 0) + 1


def response_path(place: Place, field: FieldSelection) -> ResponsePath:
    keys = [field.response_key]
    keys += [each.field.response_key for each in place.chain() if each.field is not None]
    return tuple(reversed(keys))
