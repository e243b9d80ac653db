"""Leads in the graph."""

from pathlib import Path

from foundation_subgraph.kit import Subgraph
from module_subgraphs.leads.graph.mutations import Mutation
from module_subgraphs.leads.graph.queries import Query
from module_subgraphs.leads.graph.references import load_leads
from module_subgraphs.leads.permissions import MANIFEST
from module_subgraphs.leads.service import write_demo_data
from module_subgraphs.leads.tables import LeadsTable

subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    query=Query,
    mutation=Mutation,
    references=[load_leads],
    permissions=MANIFEST.permissions,
    tables=LeadsTable.metadata,
    migrations=Path(__file__).parents[1] / "migrations",
    asks=Path(__file__).parents[1] / "asks",
    demo=write_demo_data,
)
