"""Typed settings of a gateway, read once: from arguments, else from the environment (`DOVETAIL_GATEWAY__...`)."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict


class LimitSettings(BaseModel):
    """How much one request may ask; see `pipeline/limits.py` for what is counted how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: PositiveInt = 1024 * 1024
    tokens: PositiveInt = 2_000
    depth: PositiveInt = 20
    aliases: PositiveInt = 50
    selections: PositiveInt = 2_000
    repeats: PositiveInt = 30
    variable_depth: PositiveInt = 32


class SubgraphSettings(BaseModel):
    """How subgraphs are spoken to: how long an answer may take, how large it may be, how many at once.

    `subscriptions` says by a subgraph's name how its events are had: `sse` (the default), `websocket`, or an address
    of its own, such as `ws://reviews:4001/subscriptions`. `*` stands for all that are not named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: PositiveFloat = 30.0
    answer_bytes: PositiveInt = 64 * 1024 * 1024
    connections: PositiveInt = 128
    share_equal_requests: bool = True
    subscriptions: Mapping[str, str] = {}


class SubscriptionSettings(BaseModel):
    """How many subscriptions there may be, and how long clients are waited for.

    `at_once` counts all of this process, `per_tenant` those of one tenant (all without a tenant count as one),
    `per_connection` operations of any kind over one WebSocket. What a client has not yet taken of one subscription
    waits up to `waiting_events` and `waiting_bytes`; beyond that it is ended. A client that takes not a byte for
    `write_seconds` is given up. `origins` are those of web pages that may open a WebSocket beside the gateway's own,
    such as `https://shop.example`; `*` lets in all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_once: PositiveInt = 10_000
    per_tenant: PositiveInt = 1_000
    per_connection: PositiveInt = 100
    waiting_events: PositiveInt = 100
    waiting_bytes: PositiveInt = 1024 * 1024
    heartbeat_seconds: PositiveFloat = 10.0
    init_seconds: PositiveFloat = 5.0
    write_seconds: PositiveFloat = 20.0
    origins: frozenset[str] = frozenset()


class ErrorSettings(BaseModel):
    """What of a subgraph's errors clients see. What the transport found out is for the log alone, always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: bool = True
    extensions: frozenset[str] = frozenset()
    subgraph_names: bool = False


class CacheSettings(BaseModel):
    """Operations kept ready per supergraph: how many, and how many characters of their texts together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operations: PositiveInt = 2_000
    characters: PositiveInt = 16 * 1024 * 1024


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
