"""How one subgraph is spoken to: over a socket, or in the same process."""

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphAnswer,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    encode_body,
    read_answer,
)

__all__ = [
    "FailureReason",
    "SubgraphAnswer",
    "SubgraphClient",
    "SubgraphEvents",
    "SubgraphFailure",
    "SubgraphRequest",
    "SubgraphResponse",
    "encode_body",
    "read_answer",
]
