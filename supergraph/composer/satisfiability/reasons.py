"""Why a field cannot be reached, in words that point to what is missing."""

from collections.abc import Iterable, Iterator, Mapping

from supergraph.composer.satisfiability.standing import Standing
from supergraph.planner import FieldEdge, KeyEdge, Node, QueryGraph, SetField
from supergraph.spec import FieldName, GraphName, TypeName


def why_unreachable(graph: QueryGraph, standing: Standing, name: FieldName) -> tuple[str, str]:
    """(why each subgraph cannot go on, how to mend it); the second is empty where no one change stands out."""
    places = {place.node: key for place, key in standing.places.items()}
    owners = [edge for node in graph.nodes(standing.type) if (edge := graph.field(node, name)) is not None]
    lacking = [node for node in places if graph.field(node, name) is None]
    closed = [
        door
        for door in standing.closed_doors
        if door.target not in places
        and any(edge.source is door.target and not edge.external for edge in owners)
    ]
    keyless = [
        edge
        for edge in owners
        if not edge.external
        and edge.source not in places
        and all(door.target is not edge.source for door in graph.keys(standing.type))
    ]
    reasons = [
        *_why_lacking(graph, lacking, places),
        *_why_not_given(graph, [edge for edge in owners if edge.source in places]),
        *(_why_closed(graph, standing, door) for door in closed),
        *(_why_keyless(graph, standing.type, edge) for edge in keyless),
    ]
    mend = ""
    if keyless:
        mend = _give_a_key(graph, standing, keyless[0].source)
    elif closed:
        mend = _give_another_key(graph, standing, closed[0])
    return "; ".join(dict.fromkeys(reasons)), mend


def why_unresolvable_type(graph: QueryGraph, standing: Standing) -> tuple[str, str]:
    """Why nobody can say which object type an interface object is, and how to mend it."""
    knowing = _name_all(graph, (place.node.graph for place in standing.entered))
    why = (
        f"{knowing} has {standing.type} as an @interfaceObject, which does not tell the object types apart, and no "
        "subgraph that does can be reached by a key"
    )
    mend = (
        f"Give the interface {standing.type} a @key, in a subgraph that has its object types, "
        "with fields that the interface object has."
    )
    return why, mend


def _why_lacking(graph: QueryGraph, lacking: Iterable[Node], places: Mapping[Node, str]) -> Iterator[str]:
    """Where the value may be met, and then where a key leads from there."""
    by_key: dict[str, list[GraphName]] = {}
    for node in lacking:
        by_key.setdefault(places[node], []).append(node.graph)
    for key in sorted(by_key):
        reached = f', reached by the key "{key}",' if key else ""
        verb = "does" if len(set(by_key[key])) == 1 else "do"
        yield f"{_name_all(graph, by_key[key])}{reached} {verb} not have it"


def _why_not_given(graph: QueryGraph, edges: Iterable[FieldEdge]) -> Iterator[str]:
    """Subgraphs that can be asked, and have the field, but not to give it now."""
    for edge in edges:
        subgraph = _name(graph, edge.source.graph)
        if edge.external:
            yield f"{subgraph} has it as @external only, to be resolved elsewhere"
        elif edge.override is not None:
            state = "active" if edge.override.when else "not active"
            yield f'{subgraph} gives it only while the label "{edge.override.label}" is {state}'
        elif edge.requires is not None:
            yield f'{subgraph} computes it from "{edge.requires}" (@requires), which it cannot be given'


def _why_closed(graph: QueryGraph, standing: Standing, door: KeyEdge) -> str:
    missing = _missing(standing, door)
    what = f'"{missing}" of it' if missing and missing != door.key.text else "that"
    why = "cannot be had before"
    if any(name in standing.labelled for name in missing.split()):
        why = "only comes under a label of @override, on which no key may rely"
    return f'{_name(graph, door.target.graph)} has it, but must be given the key "{door.key.text}", and {what} {why}'


def _why_keyless(graph: QueryGraph, type_name: TypeName, edge: FieldEdge) -> str:
    subgraph, node = _name(graph, edge.source.graph), edge.source
    how = "only a key with resolvable: false" if _unresolvable_key(graph, node) else "no @key"
    return f"{subgraph} has it, but {type_name} has {how} there, so that nobody can ask for it"


def _missing(standing: Standing, door: KeyEdge) -> str:
    """The outer fields of a key that nobody can give."""
    return " ".join(
        each.name
        for each in door.key.selections
        if isinstance(each, SetField) and each.name != "__typename" and each.name not in standing.steps
    )


def _give_a_key(graph: QueryGraph, standing: Standing, owner: Node) -> str:
    """The owner forgot @key: name one that the subgraphs before it could give, where there is one."""
    subgraph, type_name = _name(graph, owner.graph), standing.type
    if unresolvable := _unresolvable_key(graph, owner):
        return f'Remove `resolvable: false` from @key(fields: "{unresolvable}") of {type_name} in {subgraph}.'
    key = _key_elsewhere(graph, type_name, owner)
    if key is None:
        before = _name_all(graph, (place.node.graph for place in standing.entered))
        common = next((name for name in ("id", "ID", "key") if _both_have(graph, standing, owner, name)), "")
        fields = f'@key(fields: "{common}")' if common else "a @key over fields that all of them have"
        return f"Give {type_name} {fields} in {subgraph} and in {before}."
    lacking = _lacking_fields(graph, owner, key)
    with_fields = f" and the field {' and '.join(lacking)}" if lacking else ""
    return f'Add @key(fields: "{key}"){with_fields} to {type_name} in {subgraph}.'


def _give_another_key(graph: QueryGraph, standing: Standing, door: KeyEdge) -> str:
    subgraph, type_name = _name(graph, door.target.graph), standing.type
    before = _name_all(graph, (place.node.graph for place in standing.entered))
    missing = _missing(standing, door) or door.key.text
    key = _key_elsewhere(graph, type_name, door.target)
    fits = key is not None and not _lacking_fields(graph, door.target, key)
    other = f'@key(fields: "{key}")' if fits else "a @key over fields that it can give"
    return f'Let {before} give "{missing}" of {type_name}, or add {other} to {type_name} in {subgraph}.'


def _unresolvable_key(graph: QueryGraph, node: Node) -> str:
    definition = graph.supergraph.composite(node.type)
    join = definition.join(node.graph) if definition is not None else None
    return next((str(key.fields) for key in join.keys if not key.resolvable), "") if join is not None else ""


def _key_elsewhere(graph: QueryGraph, type_name: TypeName, owner: Node) -> str | None:
    definition = graph.supergraph.composite(type_name)
    for join in definition.joins if definition is not None else ():
        if join.graph != owner.graph and join.keys:
            return str(join.keys[0].fields)
    return None


def _lacking_fields(graph: QueryGraph, node: Node, key: str) -> list[str]:
    """The outer fields of a key that the node does not have; a key with nested fields is not looked into."""
    names = key.split() if "{" not in key else []
    return [name for name in names if graph.field(node, FieldName(name)) is None]


def _both_have(graph: QueryGraph, standing: Standing, owner: Node, name: str) -> bool:
    nodes = (owner, *(place.node for place in standing.entered))
    return all(graph.field(node, FieldName(name)) is not None for node in nodes)


def _name(graph: QueryGraph, name: GraphName) -> str:
    return f'subgraph "{graph.subgraph_name(name)}"'


def _name_all(graph: QueryGraph, names: Iterable[GraphName]) -> str:
    quoted = [f'"{name}"' for name in sorted({graph.subgraph_name(each) for each in names})]
    if len(quoted) == 1:
        return f"subgraph {quoted[0]}"
    return f"subgraphs {', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else "no subgraph"
