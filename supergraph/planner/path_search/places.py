"""The places of a response: where a field leads, and the same object once more is known of its type."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from supergraph.planner.operation.model import FieldSelection
from supergraph.planner.path_search.direct import Steps
from supergraph.planner.path_search.model import Candidate, Place
from supergraph.planner.query_graph.field_sets import SetField
from supergraph.planner.query_graph.model import Node, NodeKind
from supergraph.spec import TypeName


class Places(ABC):
    """Finds a place, or makes it. Which types of object are met there follows from who can be asked: that, the heir tells."""

    __slots__ = ("steps",)

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    @abstractmethod
    def at(self, place: Place) -> Mapping[Node, Candidate]: ...

    def narrow(self, place: Place, type_name: TypeName) -> Place | None:
        """The same place for objects of one type (or of an abstract one); None where none can be met."""
        whole = place.whole()
        found = whole.cases.get(type_name)
        if found is None:
            types = place.types & frozenset(self.steps.graph.members(type_name))
            if not types:
                return None
            found = Place(type_name, types, whole.keys, base=whole)
            whole.cases[type_name] = found
        return found

    def narrow_to_group(self, place: Place, types: tuple[TypeName, ...]) -> Place | None:
        """The same place for objects of any of these types, which are alike: the first stands for all."""
        if len(types) == 1:
            return self.narrow(place, types[0])
        whole = place.whole()
        found = whole.groups.get(types)
        if found is None:
            found = Place(types[0], frozenset(types), whole.keys, base=whole)
            found.alike = types
            whole.groups[types] = found
        return found

    def child(self, place: Place, field: FieldSelection) -> Place:
        """The place where a field of a place leads."""
        mark = (field.response_key, field.conditions)
        found = place.children.get(mark)
        if found is None:
            found = self._below(place, field)
            place.children[mark] = found
        return found

    def shadow(self, place: Place, field: SetField) -> Place:
        """A place for a field that is only thought of: its response key is chosen when it is taken."""
        found = place.shadows.get(field)
        if found is None:
            found = self._below(place, FieldSelection(str(field.name), field.name))
            place.shadows[field] = found
        return found

    def _below(self, place: Place, field: FieldSelection) -> Place:
        supergraph = self.steps.graph.supergraph
        definition = supergraph.composite(place.type)
        assert definition is not None, f"{place.type} has no fields"
        type_name = definition.fields[field.name].type.named
        found = Place(type_name, frozenset(), place.keys.child(field.response_key), parent=place, field=field)
        found.types = self._types_met(place, found)
        found.ways = place.ways
        return found

    def _types_met(self, place: Place, child: Place) -> frozenset[TypeName]:
        """The types of the objects that may stand where a field leads: those that all who can be asked for it know.

        A shared field resolves the same way everywhere, so what one of its subgraphs never answers with is not met there.
        """
        possible = self.steps.graph.members(child.type)
        if child.field is None or possible == (child.type,):
            return frozenset(possible)
        known: list[frozenset[TypeName]] = []
        for node, candidate in self.at(place).items():
            edge = self.steps.offer(node, child.field.name, candidate.provided)
            target = self.steps.graph.target(edge) if edge is not None else None
            if target is not None:
                known.append(self.steps.graph.possible(target))
        if not known:
            return frozenset()
        # Composition forbids that they have none in common: of a document that has it so, each is believed.
        return frozenset.intersection(*known) or frozenset().union(*known)

    @staticmethod
    def is_blind(node: Node) -> bool:
        """Whether a `__typename` from here is not the object's own."""
        return node.kind is NodeKind.INTERFACE_OBJECT

    def possible_here(self, place: Place) -> list[TypeName]:
        """The object types that can be met at a place, in the supergraph's order."""
        return [each for each in self.steps.graph.members(place.type) if each in place.types]
