"""Inventory in the graph."""

from pathlib import Path

from foundation_subgraph.kit import Subgraph
from module_subgraphs.inventory.graph.mutations import Mutation
from module_subgraphs.inventory.graph.queries import Query
from module_subgraphs.inventory.graph.references import load_items, load_users
from module_subgraphs.inventory.graph.subscriptions import Subscription
from module_subgraphs.inventory.permissions import MANIFEST
from module_subgraphs.inventory.service import write_demo_data
from module_subgraphs.inventory.tables import InventoryTable

subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    references=[load_items, load_users],
    permissions=MANIFEST.permissions,
    tables=InventoryTable.metadata,
    migrations=Path(__file__).parents[1] / "migrations",
    demo=write_demo_data,
)
