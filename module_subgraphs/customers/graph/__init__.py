"""Customers in the graph."""

from pathlib import Path

from foundation_subgraph.kit import Subgraph
from module_subgraphs.customers.graph.mutations import Mutation
from module_subgraphs.customers.graph.queries import Query
from module_subgraphs.customers.graph.references import load_customers
from module_subgraphs.customers.permissions import MANIFEST
from module_subgraphs.customers.service import write_demo_data
from module_subgraphs.customers.tables import CustomersTable

subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    query=Query,
    mutation=Mutation,
    references=[load_customers],
    permissions=MANIFEST.permissions,
    tables=CustomersTable.metadata,
    migrations=Path(__file__).parents[1] / "migrations",
    demo=write_demo_data,
)
