"""How many streams there may be, and how slow their readers."""

from pydantic import Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings


class SubscriptionSettings(Settings):
    """How many subscriptions there may be, and how long clients are waited for."""

    at_once: PositiveInt = Field(
        default=10_000, description="How many subscriptions may be open in this process."
    )
    per_tenant: PositiveInt = Field(
        default=1_000,
        description="How many subscriptions one tenant may have open; all without a tenant count as one.",
    )
    per_connection: PositiveInt = Field(
        default=100, description="How many operations of any kind may run over one WebSocket."
    )
    waiting_events: PositiveInt = Field(
        default=100,
        description="How many events of one subscription may wait for a slow client; one more, and it is ended.",
    )
    waiting_bytes: PositiveInt = Field(
        default=1024 * 1024,
        description="How many bytes of one subscription may wait for a slow client; more, and it is ended.",
    )
    heartbeat_seconds: PositiveFloat = Field(
        default=10.0,
        description="After how many seconds without an event a stream over HTTP shows that it is alive.",
    )
    init_seconds: PositiveFloat = Field(
        default=5.0,
        description="How many seconds a client that has opened a WebSocket may take to send `connection_init`.",
    )
    write_seconds: PositiveFloat = Field(
        default=20.0, description="After how many seconds a client that takes not a byte is given up."
    )
    origins: frozenset[str] = Field(
        default=frozenset(),
        description="Origins of web pages that may open a WebSocket beside the gateway's own, such as "
        "`https://shop.example`; `*` lets in all.",
    )
