"""Reporting in the graph."""

from pathlib import Path

from foundation_subgraph.kit import Subgraph
from module_subgraphs.reporting.graph.queries import Query
from module_subgraphs.reporting.permissions import MANIFEST

subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    query=Query,
    permissions=MANIFEST.permissions,
    asks=Path(__file__).parents[1] / "asks",
)
