"""QueryGraph -> DOT, for looking at a small supergraph."""

from collections.abc import Iterator

from supergraph.planner.query_graph.model import FieldEdge, Node, QueryGraph


def render_query_graph(graph: QueryGraph) -> str:
    """The whole graph in the DOT language, in the supergraph's order."""
    nodes = list(graph.every_node())
    lines = [f'  "{node}" [label="{node.type}\\n{graph.subgraph_name(node.graph)}"];' for node in nodes]
    for node in nodes:
        lines += _edges(graph, node)
    return "\n".join(["digraph query_graph {", *lines, "}", ""])


def _edges(graph: QueryGraph, node: Node) -> Iterator[str]:
    for edge in graph.fields(node).values():
        target = graph.target(edge)
        if target is not None:
            yield f'  "{node}" -> "{target}" [label="{_label(edge)}"];'
    for downcast in graph.downcasts(node):
        yield f'  "{node}" -> "{downcast.target}" [label="... on {downcast.target.type}", style=dotted];'
    for key in graph.keys(node.type):
        label = key.key.text.replace('"', '\\"')
        yield f'  "{node}" -> "{key.target}" [label="key {label}", style=dashed];'


def _label(edge: FieldEdge) -> str:
    text = str(edge.name)
    if edge.external:
        text += " @external"
    if edge.requires is not None:
        text += f" @requires({edge.requires})"
    if edge.provides is not None:
        text += f" @provides({edge.provides})"
    if edge.override is not None:
        text += f" {'if' if edge.override.when else 'unless'} {edge.override.label}"
    return text.replace('"', '\\"')
