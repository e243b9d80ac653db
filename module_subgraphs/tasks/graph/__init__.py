"""Tasks in the graph."""

from pathlib import Path

from foundation_subgraph.kit import Subgraph
from module_subgraphs.tasks.graph.mutations import Mutation
from module_subgraphs.tasks.graph.queries import Query
from module_subgraphs.tasks.graph.references import load_tasks, load_users
from module_subgraphs.tasks.graph.subscriptions import Subscription
from module_subgraphs.tasks.permissions import MANIFEST
from module_subgraphs.tasks.service import write_demo_data
from module_subgraphs.tasks.tables import TasksTable

subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    references=[load_tasks, load_users],
    permissions=MANIFEST.permissions,
    tables=TasksTable.metadata,
    migrations=Path(__file__).parents[1] / "migrations",
    demo=write_demo_data,
)
