"""The fields of a mutation run in the order of its document: that must be the client's. Spec: Mutation."""

from collections.abc import Sequence
from dataclasses import replace

from supergraph.planner.fetch_graph.model import FetchGraph, Pick, Selected
from supergraph.planner.operation.model import Condition, FieldSelection, Selection


def order_mutations(graph: FetchGraph, selections: Sequence[Selection]) -> FetchGraph:
    order: dict[tuple[str, tuple[Condition, ...]], int] = {}
    for number, each in enumerate(selections):
        if isinstance(each, FieldSelection):
            order.setdefault((each.response_key, each.conditions), number)

    def position(selected: Selected) -> int:
        return (
            order.get((selected.key, selected.conditions), len(order))
            if isinstance(selected, Pick)
            else len(order)
        )

    return FetchGraph(
        tuple(
            step
            if step.entities or step.spot
            else replace(step, selections=tuple(sorted(step.selections, key=position)))
            for step in graph
        )
    )
