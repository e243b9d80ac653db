"""Typed settings of a gateway, read once: from arguments, else from the environment (`DOVETAIL_GATEWAY__...`)."""

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
    """How subgraphs are spoken to: how long an answer may take, how large it may be, how many at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: PositiveFloat = 30.0
    answer_bytes: PositiveInt = 64 * 1024 * 1024
    connections: PositiveInt = 128
    share_equal_requests: bool = True


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
    errors: ErrorSettings = ErrorSettings()
    cache: CacheSettings = CacheSettings()
