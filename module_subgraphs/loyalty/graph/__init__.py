"""Loyalty in the graph."""

from pathlib import Path

from foundation_subgraph.kit import Subgraph
from module_subgraphs.loyalty.graph.mutations import Mutation
from module_subgraphs.loyalty.graph.references import load_customers, load_users
from module_subgraphs.loyalty.permissions import MANIFEST
from module_subgraphs.loyalty.service import write_demo_data
from module_subgraphs.loyalty.tables import LoyaltyTable

subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    mutation=Mutation,
    references=[load_customers, load_users],
    permissions=MANIFEST.permissions,
    tables=LoyaltyTable.metadata,
    migrations=Path(__file__).parents[1] / "migrations",
    demo=write_demo_data,
)
