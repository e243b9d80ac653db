"""Why a field cannot be reached, in words that point to what is missing."""

from collections.abc import Iterator

from supergraph.composer.satisfiability.standing import Standing
from supergraph.planner import FieldEdge, KeyEdge, QueryGraph
from supergraph.spec import FieldName, GraphName


def why_unreachable(graph: QueryGraph, standing: Standing, name: FieldName) -> tuple[str, str]:
    """(what stands in the way, how to mend it); the second is empty where no one change stands out."""
    reasons = []
    here = [place.node for place in standing.places]
    owners = [
        edge for node in graph.nodes(standing.type) if (edge := graph.fields(node).get(name)) is not None
    ]
    entered = {place.node for place in standing.entered}
    for node in here:
        edge = graph.fields(node).get(name)
        subgraph = graph.subgraph_name(node.graph)
        if edge is None:
            if node in entered:
                reasons.append(f'subgraph "{subgraph}" does not have it')
        elif edge.external:
            reasons.append(f'subgraph "{subgraph}" has it as @external only')
        elif edge.requires is not None:
            reasons.append(f'subgraph "{subgraph}" needs "{edge.requires}" first, and cannot get that')
    for closed in _closed_doors(graph, standing, name):
        target = graph.subgraph_name(closed.target.graph)
        reasons.append(f'subgraph "{target}" wants the key "{closed.key}" of it, which cannot be had here')
    keyless = [edge for edge in owners if edge.source not in here and not _doors(graph, standing, edge)]
    for edge in keyless:
        subgraph = graph.subgraph_name(edge.source.graph)
        reasons.append(f'subgraph "{subgraph}" has it, but {standing.type} has no resolvable @key there')
    return "; ".join(dict.fromkeys(reasons)), _mend(graph, standing, keyless)


def why_unresolvable_type(graph: QueryGraph, standing: Standing) -> str:
    """Why nobody can say which object type an interface object is."""
    subgraphs = sorted({f'"{graph.subgraph_name(place.node.graph)}"' for place in standing.entered})
    return (
        f"subgraph {', '.join(subgraphs)} knows {standing.type} as an interface object only, "
        "and no subgraph that knows its object types can be reached by a key"
    )


def _closed_doors(graph: QueryGraph, standing: Standing, name: FieldName) -> Iterator[KeyEdge]:
    for door in standing.closed_doors:
        edge = graph.fields(door.target).get(name)
        if edge is not None and not edge.external:
            yield door


def _doors(graph: QueryGraph, standing: Standing, edge: FieldEdge) -> list[KeyEdge]:
    return [door for door in graph.keys(standing.type) if door.target is edge.source]


def _mend(graph: QueryGraph, standing: Standing, keyless: list[FieldEdge]) -> str:
    """The owner forgot @key: name a key that the value's own subgraph could give."""
    if not keyless:
        return ""
    owner = keyless[0].source.graph
    given = _keys_elsewhere(graph, standing, owner)
    key = given or "id"
    subgraph = graph.subgraph_name(owner)
    return f'Give {standing.type} a key in subgraph "{subgraph}": type {standing.type} @key(fields: "{key}").'


def _keys_elsewhere(graph: QueryGraph, standing: Standing, owner: GraphName) -> str:
    definition = graph.supergraph.composite(standing.type)
    for join in definition.joins if definition is not None else ():
        if join.graph != owner and join.keys:
            return join.keys[0].fields
    return ""
