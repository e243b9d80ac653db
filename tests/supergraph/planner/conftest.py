"""Small supergraphs, composed from subgraphs written in the test itself."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from graphql import GraphQLSchema, parse, validate

from supergraph.composer import SubgraphSource, compose
from supergraph.planner import (
    Budget,
    NormalizedOperation,
    PlanningProblem,
    QueryGraph,
    QueryPlan,
    build_query_graph,
    normalize,
    plan_operation,
)
from supergraph.spec import Supergraph, client_schema, read_supergraph

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@inaccessible",
  "@context", "@fromContext"
])
"""


@dataclass(frozen=True)
class House:
    """A supergraph with what follows from it."""

    supergraph: Supergraph
    graph: QueryGraph
    schema: GraphQLSchema

    def normalize(self, text: str, name: str | None = None) -> NormalizedOperation | PlanningProblem:
        document = parse(text, no_location=True)
        assert validate(self.schema, document) == []
        return normalize(self.schema, document, name)

    def normalized(self, text: str) -> NormalizedOperation:
        operation = self.normalize(text)
        assert isinstance(operation, NormalizedOperation), operation
        return operation

    def normalized_unchecked(self, text: str) -> NormalizedOperation:
        """For operations so large that to validate them takes longer than to plan them."""
        operation = normalize(self.schema, parse(text, no_location=True))
        assert isinstance(operation, NormalizedOperation), operation
        return operation

    def plan(self, text: str, overrides: frozenset[str] = frozenset()) -> QueryPlan:
        plan = plan_operation(self.graph, self.normalized(text), overrides=overrides)
        assert isinstance(plan, QueryPlan), plan
        return plan

    def problem(self, text: str, budget: Budget) -> PlanningProblem:
        plan = plan_operation(self.graph, self.normalized(text), budget)
        assert isinstance(plan, PlanningProblem), plan
        return plan


@pytest.fixture(scope="session")
def house() -> Callable[..., House]:
    """`house(name=sdl, ...)`: the subgraphs composed."""

    def build(**subgraphs: str) -> House:
        composed = compose([SubgraphSource(name, "", LINK + sdl) for name, sdl in subgraphs.items()])
        assert composed.supergraph_sdl is not None, composed.diagnostics
        supergraph = read_supergraph(composed.supergraph_sdl)
        return House(supergraph, build_query_graph(supergraph), client_schema(supergraph))

    return build
