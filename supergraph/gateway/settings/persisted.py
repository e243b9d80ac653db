"""Operations that are known before they are asked."""

from enum import StrEnum

from pydantic import Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Secret, Settings, SettingsPath


class UnknownOperations(StrEnum):
    """What becomes of an operation that does not stand in the manifest."""

    ALLOW = "allow"
    LOG = "log"
    REFUSE = "refuse"


class AutomaticSettings(Settings):
    """Automatic persisted queries: a client sends a hash, and the text once if the hash is not known yet."""

    enabled: bool = Field(
        default=True,
        description="Whether clients may do so. Where unknown operations are refused it has no effect.",
    )
    entries: PositiveInt = Field(default=10_000, description="How many texts this process keeps.")
    bytes: PositiveInt = Field(
        default=16 * 1024 * 1024, description="How many bytes the texts kept may have together."
    )
    redis: Secret | None = Field(
        default=None,
        description="The address of a Redis, such as `redis://cache:6379/0`, that several gateways share texts "
        "through. It needs the extra `dovetail[redis]`.",
    )
    redis_seconds: PositiveInt = Field(
        default=24 * 60 * 60, description="How many seconds a text stays in Redis after it was sent."
    )
    redis_timeout_seconds: PositiveFloat = Field(
        default=0.25,
        description="How many seconds Redis is waited for; after that the text counts as not known.",
    )


class PersistedSettings(Settings):
    """Registered operations, and automatic persisted queries."""

    manifest: SettingsPath | None = Field(
        default=None,
        description="A JSON file of registered operations: Apollo's persisted query manifest, or an object from an id "
        "to a text.",
    )
    unknown: UnknownOperations = Field(
        default=UnknownOperations.ALLOW,
        description="What becomes of an operation that is not registered: `allow`, `log` (and allow) or `refuse`.",
    )
    require_id: bool = Field(
        default=False,
        description="With `unknown: refuse`, whether even a registered operation is taken by its id alone.",
    )
    automatic: AutomaticSettings = AutomaticSettings()
