"""Which object above a field sets the context that its argument comes from."""

from supergraph.planner.path_search.model import Place
from supergraph.planner.query_graph.model import QueryGraph


def context_place(graph: QueryGraph, place: Place, context: str) -> Place | None:
    """The nearest object above a place that sets a context, narrowed to the types that do."""
    whole = place.whole()
    for each in place.chain():
        if each is not place and each is not whole and _sets_context(graph, each, context):
            return each
    return None


def _sets_context(graph: QueryGraph, place: Place, context: str) -> bool:
    if place.type not in place.types and graph.sets_context(place.type, context):
        return True
    return bool(place.types) and all(graph.sets_context(each, context) for each in place.types)
