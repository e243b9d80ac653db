"""Where a value can be had: all subgraphs that can be asked about it, and what they can say.

A client's path through the API ends at a value of some type. Which subgraphs can go on from there depends only on the
places where the value may have been met, so that is all a proof has to remember: not the path. A `Standing` is the set
of those places, closed under keys; equal places share one, and with it everything that was ever proved of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from supergraph.planner import (
    FieldEdge,
    KeyEdge,
    Node,
    NodeKind,
    QueryGraph,
    SetField,
    SetFragment,
    SetSelection,
)
from supergraph.spec import FieldName, GraphName, TypeName

Provided = tuple[SetSelection, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A value met at a node; `provided` are external fields that may be had on the way there only."""

    node: Node
    provided: Provided = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A field that may be asked for, and what is provided below it."""

    edge: FieldEdge
    provided: Provided


Places = frozenset[Place]
Graphs = frozenset[GraphName]

_NOWHERE: Final[Graphs] = frozenset()


@dataclass(slots=True, eq=False)
class Standing:
    """The places of a value of one type, closed under keys, and the fields each can be asked for.

    `places` names for each the key that led there: empty for those where the value was met. `barred` are subgraphs
    that no key may lead to: a key that is to open a subgraph cannot be fetched through that subgraph. `labelled` are
    fields that can be asked for under one setting of a label only: no key and no requirement may rely on them.
    """

    type: TypeName
    entered: Places
    barred: Graphs = _NOWHERE
    places: dict[Place, str] = field(default_factory=dict)
    steps: dict[FieldName, list[Step]] = field(default_factory=dict)
    labelled: dict[FieldName, list[Step]] = field(default_factory=dict)
    finished: bool = False
    rank: int = 0
    """Until finished: how far out the innermost work is that this depends on; see `Standings`."""
    new: list[tuple[Place, str]] = field(default_factory=list)
    needing: list[Step] = field(default_factory=list)
    doors: list[list[KeyEdge]] = field(default_factory=list)
    answers: dict[int, tuple[Provided, bool]] = field(default_factory=dict)
    """Field sets asked for, by identity, and whether they can be had; kept once all is worked out."""

    @property
    def unmet(self) -> list[FieldEdge]:
        """Fields that are here, but whose `@requires` cannot be had."""
        return [step.edge for step in self.needing]

    @property
    def closed_doors(self) -> list[KeyEdge]:
        """Keys that cannot be given from here."""
        return [edge for group in self.doors for edge in group]

    def targets(self, graph: QueryGraph, steps: Iterable[Step]) -> Places:
        """Where the given fields lead."""
        return frozenset(
            Place(target, step.provided) for step in steps if (target := graph.target(step.edge)) is not None
        )


class Standings:
    """All standings of one query graph, each worked out once.

    Working one out may ask for others: a key with nested fields needs what its inner types can give, a requirement
    what the subgraph that has it can reach. Where that leads back to one still in work, its present state answers,
    and all that were worked out meanwhile stay open with it: the outermost of them goes round until none changes.
    What is found is true at any time, as places and fields are only ever added; and then it is all.
    """

    __slots__ = ("_downcasts", "_fields", "_made", "_open", "_outermost", "_rank", "graph")

    def __init__(self, graph: QueryGraph) -> None:
        self.graph = graph
        self._made: dict[tuple[TypeName, Places, Graphs], Standing] = {}
        self._open: list[Standing] = []
        self._rank = 0
        self._outermost = 0
        self._fields: dict[TypeName, dict[GraphName, list[FieldName]]] = {}
        self._downcasts: dict[tuple[Node, TypeName], Node | None] = {}

    def at(self, type_name: TypeName, places: Places, barred: Graphs = _NOWHERE) -> Standing:
        found = self._made.get((type_name, places, barred))
        if found is None:
            found = self._begin(type_name, places, barred)
            self._settle([found])
        elif not found.finished:
            self._outermost = min(self._outermost, found.rank)
        return found

    def _own(self, type_name: TypeName, node: Node, barred: Graphs) -> Standing:
        """What a subgraph can have by itself. Those of one type need each other, so they are worked out together."""
        found = self._made.get((type_name, frozenset({Place(node)}), barred))
        if found is None:
            everywhere = [frozenset({Place(other)}) for other in self.graph.nodes(type_name)]
            own = frozenset({Place(node)})
            together = [
                self._begin(type_name, places, barred)
                for places in dict.fromkeys((own, *everywhere))
                if (type_name, places, barred) not in self._made
            ]
            self._settle(together)
            return self._made[type_name, own, barred]
        if not found.finished:
            self._outermost = min(self._outermost, found.rank)
        return found

    def _begin(self, type_name: TypeName, places: Places, barred: Graphs) -> Standing:
        ordered = sorted(places, key=lambda place: (place.node.graph, place.node.type, len(place.provided)))
        standing = self._made[type_name, places, barred] = Standing(
            type_name,
            places,
            barred,
            new=[(place, "") for place in ordered],
            doors=[
                [edge for edge in group if edge.target.graph not in barred]
                for group in self.graph.key_groups(type_name)
            ],
        )
        return standing

    def _settle(self, standings: list[Standing]) -> None:
        """Work the standings out, and with them whatever depends on one of them and was left open."""
        outside, self._outermost = self._outermost, self._rank + 1
        self._rank += 1
        rank, mark = self._rank, len(self._open)
        for standing in standings:
            standing.rank = rank
        changed = True
        while changed:
            changed = False
            for each in (*standings, *self._open[mark:]):
                changed |= self._round(each)
        reached = self._outermost
        self._rank -= 1
        if reached < rank:
            # Something further out is still in work, and what is known here may grow with it.
            for standing in standings:
                standing.rank = reached
            self._open += standings
            self._outermost = min(outside, reached)
            return
        for standing in (*standings, *self._open[mark:]):
            standing.finished = True
        del self._open[mark:]
        self._outermost = outside

    def _round(self, standing: Standing) -> bool:
        """Enter places, meet requirements, open doors, each once; whether that changed anything."""
        entered, standing.new = standing.new, []
        for place, key in entered:
            if place not in standing.places:
                standing.places[place] = key
                standing.needing += self._enter(standing, place)
        met = [self._is_met(standing, step) for step in standing.needing]
        for step, is_met in zip(standing.needing, met, strict=True):
            if is_met:
                _add(standing, step)
        standing.needing = [step for step, is_met in zip(standing.needing, met, strict=True) if not is_met]
        for index, group in enumerate(standing.doors):
            closed = [edge for edge in group if Place(edge.target) not in standing.places]
            opened = self._opened(standing, closed)
            standing.new += [(Place(edge.target), edge.key.text) for edge in opened]
            standing.doors[index] = [edge for edge in closed if edge not in opened]
        return bool(entered or standing.new or any(met))

    def _opened(self, standing: Standing, group: list[KeyEdge]) -> list[KeyEdge]:
        """Those doors of one key that can be opened now."""
        if not group:
            return []
        key = group[0].key
        if not any(isinstance(each, SetField) and each.selections for each in key.selections):
            return group if self.has(standing, key.selections) else []
        # Where the key leads through other types, it must not lead through what it is to open; and whoever was
        # entered by the same key cannot give more of it than was given to enter.
        givers = Standing(standing.type, standing.entered)
        for name, steps in standing.steps.items():
            givers.steps[name] = [
                step for step in steps if standing.places.get(Place(step.edge.source), "") != key.text
            ]
        givers.places = {place: by for place, by in standing.places.items() if by != key.text}
        opened = []
        for edge in group:
            givers.barred = standing.barred | {edge.target.graph}
            if self.has(givers, key.selections):
                opened.append(edge)
        return opened

    def _enter(self, standing: Standing, place: Place) -> Iterator[Step]:
        """Add the fields that a new place can be asked for; those with `@requires` are yielded, to be looked at."""
        provided = {
            each.name: each.selections for each in _fields_of(place.provided, standing.type, place.node.type)
        }
        for name in self._names(place.node):
            edge = self.graph.field(place.node, name)
            if edge is None or (edge.external and name not in provided):
                continue
            below = provided.get(name, ())
            if edge.provides is not None:
                below = (*below, *edge.provides.selections)
            step = Step(edge, below)
            if edge.requires is not None:
                yield step
            else:
                _add(standing, step)

    def _names(self, node: Node) -> Sequence[FieldName]:
        """The fields of a node. By type, because a root type has many fields in many subgraphs, each in few."""
        found = self._fields.get(node.type)
        if found is None:
            found = self._fields[node.type] = {}
            definition = self.graph.supergraph.composite(node.type)
            for each in definition.fields.values() if definition is not None else ():
                for join in each.joins:
                    found.setdefault(join.graph, []).append(each.name)
        return found.get(node.graph, ())

    def _is_met(self, standing: Standing, step: Step) -> bool:
        """The subgraph that requires a field must find it by the keys it can give itself."""
        assert step.edge.requires is not None
        own = self._own(standing.type, step.edge.source, standing.barred)
        return self.has(own, step.edge.requires.selections)

    def has(self, standing: Standing, selections: Provided) -> bool:
        """Whether a field set can be had, each field from whichever place has it."""
        known = standing.answers.get(id(selections))
        if known is not None:
            return known[1]
        answer = all(self._has_one(standing, selection) for selection in selections)
        if standing.finished:
            standing.answers[id(selections)] = (selections, answer)
        return answer

    def _has_one(self, standing: Standing, selection: SetSelection) -> bool:
        if isinstance(selection, SetFragment):
            condition = selection.type_condition
            if condition is None or condition == standing.type:
                return self.has(standing, selection.selections)
            possible = self._possible(condition)
            if not self._is_abstract(standing.type):
                return standing.type not in possible or self.has(standing, selection.selections)
            fitting = [each for each in self.narrowed(standing) if each.type in possible]
            return bool(fitting) and all(self.has(each, selection.selections) for each in fitting)
        if selection.name == "__typename":
            return True
        steps = standing.steps.get(selection.name)
        if not steps:
            return self._has_by_explosion(standing, selection)
        if not selection.selections:
            return True
        targets = standing.targets(self.graph, steps)
        below = self.at(self.field_type(standing.type, selection.name), targets, standing.barred)
        return bool(targets) and self.has(below, selection.selections)

    def _has_by_explosion(self, standing: Standing, selection: SetField) -> bool:
        """A field of an interface can be had from each of the object types that the value may have."""
        if not self._is_abstract(standing.type):
            return False
        narrowed = list(self.narrowed(standing))
        return bool(narrowed) and all(self._has_one(each, selection) for each in narrowed)

    def field_type(self, type_name: TypeName, name: FieldName) -> TypeName:
        """The type of a field in the supergraph."""
        definition = self.graph.supergraph.composite(type_name)
        assert definition is not None
        return definition.fields[name].type.named

    def narrowed(self, standing: Standing) -> Iterator[Standing]:
        """The standings of an abstract value once its object type is known, for each it may have."""
        for name in self.graph.members(standing.type):
            places = self.narrowed_places(standing, name)
            if places:
                yield self.at(name, places, standing.barred)

    def narrowed_places(self, standing: Standing, name: TypeName) -> Places:
        return frozenset(
            Place(target, _narrowed(place.provided, name))
            for place in standing.places
            if (target := self._downcast(place.node, name)) is not None
        )

    def _downcast(self, node: Node, name: TypeName) -> Node | None:
        """The object type of an abstract node; an interface object never knows it."""
        if node.type == name:
            return node  # A subgraph may have the object where others have an interface of it.
        key = (node, name)
        if key not in self._downcasts:
            known = node.kind in {NodeKind.INTERFACE, NodeKind.UNION} and name in self.graph.possible(node)
            self._downcasts[key] = self.graph.node(name, node.graph) if known else None
        return self._downcasts[key]

    def _possible(self, name: TypeName) -> tuple[TypeName, ...]:
        return self.graph.members(name)

    def _is_abstract(self, name: TypeName) -> bool:
        return self._possible(name) != (name,)


def _add(standing: Standing, step: Step) -> None:
    found = standing.steps if step.edge.override is None else standing.labelled
    found.setdefault(step.edge.name, []).append(step)


def _fields_of(selections: Provided, type_name: TypeName, node_type: TypeName) -> Iterator[SetField]:
    """The fields that a provided selection has for a value of this type, type conditions looked through."""
    for selection in selections:
        if isinstance(selection, SetField):
            yield selection
        elif selection.type_condition in {None, type_name, node_type}:
            yield from _fields_of(selection.selections, type_name, node_type)


def _narrowed(selections: Provided, name: TypeName) -> Provided:
    """What is provided once the object type is known; conditions on other types drop out."""
    return tuple(
        selection
        for selection in selections
        if isinstance(selection, SetField) or selection.type_condition in {None, name}
    )
