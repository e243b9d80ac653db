"""One place for what a field leads to from objects of different types, whoever brings them.

Asked type by type, a field that leads to the same types again is asked types to the power of levels times. Joined, all that
leads on from there is a hop for all of them.
"""

from supergraph.planner.operation.model import FieldSelection
from supergraph.planner.path_search.direct import Steps
from supergraph.planner.path_search.indirect import Reach
from supergraph.planner.path_search.model import Place
from supergraph.planner.query_graph.model import Node
from supergraph.spec import TypeName


def join_places(reach: Reach, place: Place, field: FieldSelection, narrowed: list[Place]) -> Place | None:
    """One place where a field leads from all of these, the same object narrowed to different types.

    None where no keys lead on from there for whatever is met.
    """
    mark = (field.response_key, field.conditions)
    known = place.joins.get(mark)
    if known is not None:
        return known
    parts: list[tuple[Place, Node]] = []
    for each in narrowed:
        child = reach.child(each, field)
        candidates = [one for one in reach.at(child).values() if not reach.is_blind(one.node)]
        if not candidates or any(one.provided for one in candidates):
            return None
        best = min(candidates, key=lambda one: (one.cost, one.level))
        parts.append((child, best.node))
    first, _ = parts[0]
    types = frozenset().union(*[part.types for part, _ in parts])
    found = Place(first.type, types, first.keys, parent=place, field=field)
    found.parts = tuple(parts)
    found.ways = place.ways
    node = reach.steps.join(found.type, tuple([node for _, node in parts]))
    if not all(_has_any_key(reach.steps, reach.steps.narrowed(node, each), each) for each in types):
        return None
    for part, _ in parts:
        part.asked = True
    place.joins[mark] = found
    return found


def _has_any_key(steps: Steps, node: Node | None, type_name: TypeName) -> bool:
    return node is not None and any(
        steps.has_key(node, group[0].key.text, group[0].key.selections, ())
        for group in steps.graph.key_groups(type_name)
    )
