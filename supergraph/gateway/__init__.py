"""HTTP request -> HTTP response: the gateway over a supergraph."""

from supergraph.gateway.app import Gateway, GatewayStartError, build_app
from supergraph.gateway.pipeline.identity import Identity, KeySource, LocalKeys, RemoteKeys, TokenRules
from supergraph.gateway.settings import (
    CacheSettings,
    ErrorSettings,
    GatewaySettings,
    LimitSettings,
    SubgraphSettings,
    SubscriptionSettings,
)
from supergraph.gateway.supergraph_source import (
    GivenSupergraph,
    SupergraphFile,
    SupergraphSource,
    SupergraphUnavailableError,
)

__all__ = [
    "CacheSettings",
    "ErrorSettings",
    "Gateway",
    "GatewaySettings",
    "GatewayStartError",
    "GivenSupergraph",
    "Identity",
    "KeySource",
    "LimitSettings",
    "LocalKeys",
    "RemoteKeys",
    "SubgraphSettings",
    "SubscriptionSettings",
    "SupergraphFile",
    "SupergraphSource",
    "SupergraphUnavailableError",
    "TokenRules",
    "build_app",
]
