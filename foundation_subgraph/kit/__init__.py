"""What every subgraph is built with.

A module declares permissions (`Permission`, `Access`), tables (`Base`, `TenantScoped`), how its entities are found
(`batched`), rules on fields and types (`requires`, `authenticated`), and puts all of it into one `Subgraph`.
Migrations use `foundation_subgraph.kit.migrations`, tests `foundation_subgraph.kit.testing`.
"""

from foundation_subgraph.kit.asgi import SubgraphApp
from foundation_subgraph.kit.asking import GatewayAddress, Graph, GraphCode
from foundation_subgraph.kit.context import Info, RequestContext
from foundation_subgraph.kit.database import Base, Database, DatabaseAddress, TenantScoped, among, narrow
from foundation_subgraph.kit.errors import Refusal, SubgraphError, read_id
from foundation_subgraph.kit.events import Event, EventsLostError, Topic
from foundation_subgraph.kit.fields import field, mutation, public, subscription
from foundation_subgraph.kit.http_request import GraphQLRequest
from foundation_subgraph.kit.installing import BrokenSubgraph, Installed
from foundation_subgraph.kit.loading import batched
from foundation_subgraph.kit.manifest import MANIFEST_FILE, Manifest, ManifestError
from foundation_subgraph.kit.paging import Connection, Window, find_page, find_pages
from foundation_subgraph.kit.permissions import Access, Permission, authenticated, requires
from foundation_subgraph.kit.problems import Conflict, InvalidInput, NotFound, NotPermitted, Problem
from foundation_subgraph.kit.rows_of_each import first_rows_of_each
from foundation_subgraph.kit.subgraph import DemoTenant, Subgraph

__all__ = [
    "MANIFEST_FILE",
    "Access",
    "Base",
    "BrokenSubgraph",
    "Conflict",
    "Connection",
    "Database",
    "DatabaseAddress",
    "DemoTenant",
    "Event",
    "EventsLostError",
    "GatewayAddress",
    "Graph",
    "GraphCode",
    "GraphQLRequest",
    "Info",
    "Installed",
    "InvalidInput",
    "Manifest",
    "ManifestError",
    "NotFound",
    "NotPermitted",
    "Permission",
    "Problem",
    "Refusal",
    "RequestContext",
    "Subgraph",
    "SubgraphApp",
    "SubgraphError",
    "TenantScoped",
    "Topic",
    "Window",
    "among",
    "authenticated",
    "batched",
    "field",
    "find_page",
    "find_pages",
    "first_rows_of_each",
    "mutation",
    "narrow",
    "public",
    "read_id",
    "requires",
    "subscription",
]
