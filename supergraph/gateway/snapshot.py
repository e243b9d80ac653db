"""All that follows from one supergraph document: built aside, swapped whole, dropped whole."""

from dataclasses import dataclass
from typing import Final

from graphql import GraphQLSchema

from supergraph.gateway.access_rules import AccessRules, InvalidAccessRuleError, read_access_rules
from supergraph.gateway.bounded_cache import BoundedCache
from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import ExecutionSchema, read_execution_schema
from supergraph.gateway.operation import Decision, PlannedOperation, PreparedOperation
from supergraph.gateway.settings import CacheSettings
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
    Supergraph,
    client_schema,
    read_supergraph,
)

OperationKey = tuple[str, str | None]
"""The text of a document and the name of the operation to run."""


_SUPPORTED: Final = frozenset(
    {CORE, LINK, JOIN, TAG, INACCESSIBLE, AUTHENTICATED, REQUIRES_SCOPES, POLICY, COST, CONTEXT}
)
"""Specifications that a document may link `for: SECURITY` or `for: EXECUTION`: those that are heeded here."""


class InvalidSnapshotError(ValueError):
    """A document that no gateway can serve. The message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`prepared` and `planned` are caches: what is not in them is worked out again, to the same effect."""

    supergraph: Supergraph
    api: GraphQLSchema
    query_graph: QueryGraph
    access: AccessRules
    execution: ExecutionSchema
    prepared: BoundedCache[OperationKey, PreparedOperation | Refusal]
    planned: BoundedCache[tuple[OperationKey, Decision, bool], PlannedOperation | Refusal]


def build_snapshot(sdl: str, cache: CacheSettings) -> Snapshot:
    """Raises InvalidSnapshotError."""
    try:
        supergraph = read_supergraph(sdl)
        access = read_access_rules(supergraph)
    except (InvalidSupergraphError, InvalidAccessRuleError) as error:
        raise InvalidSnapshotError(str(error)) from error
    _refuse_unsupported(supergraph)
    api = client_schema(supergraph)
    return Snapshot(
        supergraph,
        api,
        build_query_graph(supergraph),
        access,
        read_execution_schema(supergraph, api),
        BoundedCache(entries=cache.operations, weight=cache.characters),
        BoundedCache(entries=cache.operations, weight=cache.characters),
    )


def _refuse_unsupported(supergraph: Supergraph) -> None:
    """What a specification wants for security or execution must not be passed over. Spec: link, `Purpose`."""
    for link in supergraph.links:
        if link.purpose in {"SECURITY", "EXECUTION"} and link.identity not in _SUPPORTED:
            raise InvalidSnapshotError(
                f"the supergraph links {link.url} for: {link.purpose}, which this gateway does not support"
            )
