"""Chosen hops -> FetchGraph."""

from typing import Final

from supergraph.planner.fetch_graph.model import (
    ContextRead,
    Descent,
    Entities,
    FetchGraph,
    FetchStep,
    Pick,
    PickFragment,
    Selected,
    Spot,
)
from supergraph.planner.fetch_graph.selections import merge_selections
from supergraph.planner.operation.model import ArgumentValue, Condition, FieldSelection
from supergraph.planner.path_search.budget import Purse
from supergraph.planner.path_search.model import TYPENAME, Arrival, Hop, Place
from supergraph.planner.query_graph.model import FieldEdge, NodeKind
from supergraph.spec import ListOf, NonNull, Supergraph, TypeName, TypeReference


def build_fetch_graph(supergraph: Supergraph, hops: tuple[Hop, ...], purse: Purse) -> FetchGraph:
    """Raises PlanningStoppedError where the budget is spent."""
    return FetchGraph(tuple(_step(supergraph, hop, purse) for hop in hops))


def _step(supergraph: Supergraph, hop: Hop, purse: Purse) -> FetchStep:
    waits_for = frozenset(each.index for each in hop.waits_for)
    conditions = _conditions(hop.place)
    spot = _spot(supergraph, hop.place.whole())
    if not hop.inputs:
        [arrival] = hop.arrivals
        return FetchStep(
            hop.index,
            hop.graph,
            _selections(arrival, purse),
            (),
            waits_for,
            conditions,
            spot,
            part=hop.part,
            serves=frozenset(hop.serves),
        )
    selected = merge_selections(
        [fragment for each in hop.arrivals for fragment in _fragments(each, _selections(each, purse))], purse
    )
    contexts = tuple(
        ContextRead(each.variable, each.type, _spot(supergraph, each.place), each.inputs)
        for values in hop.contexts.values()
        for each in values
    )
    alike = {each.place.type: each.place.alike for each in hop.arrivals if each.place.alike}
    inputs = tuple((each, asked) for name, asked in hop.inputs.items() for each in alike.get(name, (name,)))
    entities = Entities(spot, inputs, selected, hop.sends_as, contexts)
    return FetchStep(
        hop.index,
        hop.graph,
        (),
        (entities,),
        waits_for,
        conditions,
        part=hop.part,
        serves=frozenset(hop.serves),
    )


def _conditions(place: Place) -> tuple[Condition, ...]:
    """What must hold for the place to be there at all."""
    found = dict.fromkeys(
        [condition for each in place.chain() if each.field is not None for condition in each.field.conditions]
    )
    return tuple(sorted(found, key=lambda each: (each.variable, each.when))) if found else ()


_TYPENAME: Final = (str(TYPENAME), ())


def _selections(arrival: Arrival, purse: Purse, *, type_told: bool = False) -> tuple[Selected, ...]:
    """`type_told`: the object's `__typename` is asked for already, outside a fragment."""
    purse.spend(1 + len(arrival.leaves))
    found: list[Selected] = []
    for mark, leaf in arrival.leaves.items():
        if mark == _TYPENAME and type_told:
            continue
        field = leaf.field
        found.append(
            Pick(
                field.response_key,
                field.name,
                leaf.edge.type if leaf.edge else None,
                _arguments(arrival.hop, leaf.edge, field),
                field.conditions,
                field.directives,
                wanted=leaf.wanted,
            )
        )
    inlined = False
    told = type_told or _TYPENAME in arrival.leaves
    for below in arrival.below.values():
        inner = _selections(below, purse, type_told=told and below.edge is None)
        if below.edge is not None:
            led = below.place.field
            assert led is not None
            found.append(
                Pick(
                    led.response_key,
                    led.name,
                    below.edge.type,
                    _arguments(arrival.hop, below.edge, led),
                    led.conditions,
                    led.directives,
                    inner,
                    wanted=below.place.asked
                    or any(not isinstance(each, Pick) or each.wanted for each in inner),
                )
            )
        elif below.node is arrival.node or arrival.node.kind is NodeKind.OBJECT:
            # The subgraph needs no telling: it has this type only, or an object for the whole interface.
            found += inner
            inlined = True
        elif inner:
            found += _fragments(below, inner)
            inlined = inlined or bool(below.place.alike)
    return merge_selections(found, purse) if inlined else tuple(found)


def _fragments(arrival: Arrival, inner: tuple[Selected, ...]) -> list[PickFragment]:
    """What is asked of objects of one type, or of several that are alike."""
    name = arrival.node.type
    return [
        PickFragment(each, inner)
        for each in (arrival.place.alike if name == arrival.place.type else ()) or (name,)
    ]


def _arguments(hop: Hop, edge: FieldEdge | None, field: FieldSelection) -> tuple[ArgumentValue, ...]:
    """The client's arguments, and those that come from a context."""
    if edge is None or not edge.context_arguments:
        return field.arguments
    values = [
        ArgumentValue(each.argument, f"${each.variable}", (each.variable,)) for each in hop.contexts[edge]
    ]
    return (*field.arguments, *values)


def _spot(supergraph: Supergraph, place: Place) -> Spot:
    found: list[Descent] = []
    only: Place | None = None
    at: Place | None = place
    while at is not None:
        if at.base is not None:
            only, at = at, at.base
            continue
        if at.parent is None or at.field is None:
            break
        definition = supergraph.composite(at.parent.type)
        assert definition is not None
        lists = _lists(definition.fields[at.field.name].type)
        types = only.types | _unknown(at) if only is not None and only.types != at.types else None
        found.append(Descent(at.field.response_key, lists, types))
        only, at = None, at.parent
    found.reverse()
    return tuple(found)


def _unknown(place: Place) -> frozenset[TypeName]:
    """The names that objects bear while nobody has told their own: what was asked of them may be of use."""
    kinds = {each.node.type for each in place.arrivals if each.node.kind is NodeKind.INTERFACE_OBJECT}
    return frozenset(kinds)


def _lists(reference: TypeReference) -> int:
    count = 0
    while True:
        match reference:
            case ListOf(of=of):
                count += 1
                reference = of
            case NonNull(of=of):
                reference = of
            case _:
                return count
