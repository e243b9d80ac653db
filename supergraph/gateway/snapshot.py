"""All that follows from one supergraph document: built aside, swapped whole, dropped whole."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from graphql import GraphQLSchema, introspection_types, specified_scalar_types

from supergraph.gateway.access_rules import AccessRules, InvalidAccessRuleError, read_access_rules
from supergraph.gateway.bounded_cache import BoundedCache
from supergraph.gateway.cost_rules import CostRules, InvalidCostRuleError, read_cost_rules
from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import ExecutionSchema, read_execution_schema
from supergraph.gateway.hooks import SubgraphClient
from supergraph.gateway.operation import Decision, PlannedOperation, PreparedOperation
from supergraph.gateway.settings import CacheSettings
from supergraph.gateway.shared_types import SharedTypes
from supergraph.gateway.transport.routing import RoutingClient
from supergraph.planner import QueryGraph, build_query_graph
from supergraph.spec import (
    AUTHENTICATED,
    CONTEXT,
    CORE,
    COST,
    INACCESSIBLE,
    JOIN,
    LINK,
    POLICY,
    REQUIRES_SCOPES,
    TAG,
    InvalidSupergraphError,
    SubgraphName,
    Supergraph,
    client_schema,
    read_supergraph,
)

OperationKey = tuple[str, str | None]
"""The text of a document and the name of the operation to run."""

PreparedKey = tuple[str, str | None, str | None]
"""The same, and the profile of limits that it was measured by."""


PlanKey = tuple[OperationKey, Decision, bool]
"""What a plan depends on; last, whether the answer is taken in parts."""

_NOBODY: Final = RoutingClient({})


_SUPPORTED: Final = frozenset(
    {CORE, LINK, JOIN, TAG, INACCESSIBLE, AUTHENTICATED, REQUIRES_SCOPES, POLICY, COST, CONTEXT}
)
"""Specifications that a document may link `for: SECURITY` or `for: EXECUTION`: those that are heeded here."""


_VIEWS: Final = 64
"""Sets of rights for which what may be seen is kept."""


class InvalidSnapshotError(ValueError):
    """A document that no gateway can serve. The message is one line that says why."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Snapshot:
    """Whoever runs anything of it holds it until that is done: it is taken apart when nobody does any more.

    `client` speaks to all subgraphs, `clients` are those of each. `prepared` and `planned` are caches: what is not in them is worked out again, to the same effect.

    `views` is one too: the snapshot as callers may know it from whom something is hidden.
    """

    supergraph: Supergraph
    api: GraphQLSchema
    query_graph: QueryGraph
    access: AccessRules
    costs: CostRules
    execution: ExecutionSchema
    prepared: BoundedCache[PreparedKey, PreparedOperation | Refusal]
    planned: BoundedCache[PlanKey, PlannedOperation | Refusal]
    views: "BoundedCache[Decision, Snapshot]"
    client: SubgraphClient = _NOBODY
    clients: Mapping[SubgraphName, SubgraphClient] = field(default_factory=dict)


class TenantSnapshots(Protocol):
    """A snapshot for each tenant, where tenants have graphs of their own."""

    def snapshot_of(self, tenant: str | None) -> Awaitable[Snapshot | Refusal]:
        """The tenant's present snapshot. Waits only where there is none yet, and refuses where it takes too long."""
        ...

    def present(self, tenant: str | None) -> Snapshot | None:
        """The one that it has, if it has any."""
        ...


def build_snapshot(sdl: str, cache: CacheSettings, shared: SharedTypes | None = None) -> Snapshot:
    """With `shared` it is made of what other snapshots are made of, as far as that is equal. Raises InvalidSnapshotError."""
    try:
        supergraph = read_supergraph(sdl)
        if shared is not None:
            supergraph = shared.share(supergraph)
        access = read_access_rules(supergraph)
        costs = read_cost_rules(supergraph)
    except (InvalidSupergraphError, InvalidAccessRuleError, InvalidCostRuleError) as error:
        raise InvalidSnapshotError(str(error)) from error
    _refuse_unsupported(supergraph)
    api = client_schema(supergraph)
    return Snapshot(
        supergraph,
        api,
        build_query_graph(supergraph),
        access,
        costs,
        read_execution_schema(supergraph, api),
        BoundedCache(entries=cache.operations, weight=cache.characters),
        BoundedCache(entries=cache.operations, weight=cache.characters),
        BoundedCache(entries=_VIEWS, weight=_VIEWS),
    )


def take_apart(schemas: Iterable[GraphQLSchema]) -> None:
    """Free schemas that nobody uses any more.

    Their types name each other in circles. Python would find these by looking through all objects of the process while
    everybody waits; left to itself it does so too rarely for documents that change often.
    """
    shared = {*map(id, introspection_types.values()), *map(id, specified_scalar_types.values())}
    for schema in schemas:
        for named in schema.type_map.values():
            if id(named) not in shared:
                vars(named).clear()
        # Validation leaves circles of its own behind, which hold this: for as long as they last it shall hold nothing.
        schema.type_map.clear()
        vars(schema).clear()


def _refuse_unsupported(supergraph: Supergraph) -> None:
    """What a specification wants for security or execution must not be passed over. Spec: link, `Purpose`."""
    for link in supergraph.links:
        if link.purpose in {"SECURITY", "EXECUTION"} and link.identity not in _SUPPORTED:
            raise InvalidSnapshotError(
                f"the supergraph links {link.url} for: {link.purpose}, which this gateway does not support"
            )
