"""Typed settings, a file a section."""

from supergraph.gateway.settings.cache import CacheSettings
from supergraph.gateway.settings.errors import ErrorSettings
from supergraph.gateway.settings.gateway import GatewaySettings
from supergraph.gateway.settings.limits import LimitSettings
from supergraph.gateway.settings.subgraphs import SubgraphSettings
from supergraph.gateway.settings.subscriptions import SubscriptionSettings

__all__ = [
    "CacheSettings",
    "ErrorSettings",
    "GatewaySettings",
    "LimitSettings",
    "SubgraphSettings",
    "SubscriptionSettings",
]
