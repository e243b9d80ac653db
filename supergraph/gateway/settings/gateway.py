"""All settings of a gateway, read once: from arguments, else from the environment (`DOVETAIL_GATEWAY__...`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from supergraph.gateway.settings.cache import CacheSettings
from supergraph.gateway.settings.errors import ErrorSettings
from supergraph.gateway.settings.limits import LimitSettings
from supergraph.gateway.settings.subgraphs import SubgraphSettings
from supergraph.gateway.settings.subscriptions import SubscriptionSettings


class GatewaySettings(BaseSettings):
    """All settings of a gateway; what is not set has a default that is safe on the open internet."""

    model_config = SettingsConfigDict(
        env_prefix="DOVETAIL_GATEWAY__", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    path: str = Field(default="/graphql", pattern=r"^/[^\s?#]*$")
    limits: LimitSettings = LimitSettings()
    subgraphs: SubgraphSettings = SubgraphSettings()
    subscriptions: SubscriptionSettings = SubscriptionSettings()
    errors: ErrorSettings = ErrorSettings()
    cache: CacheSettings = CacheSettings()
