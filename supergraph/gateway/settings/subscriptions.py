"""How many streams there may be, and how slow their readers."""

from pydantic import PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings


class SubscriptionSettings(Settings):
    """How many subscriptions there may be, and how long clients are waited for.

    `at_once` counts all of this process, `per_tenant` those of one tenant (all without a tenant count as one),
    `per_connection` operations of any kind over one WebSocket. What a client has not yet taken of one subscription
    waits up to `waiting_events` and `waiting_bytes`; beyond that it is ended. A client that takes not a byte for
    `write_seconds` is given up. `origins` are those of web pages that may open a WebSocket beside the gateway's own,
    such as `https://shop.example`; `*` lets in all.
    """

    at_once: PositiveInt = 10_000
    per_tenant: PositiveInt = 1_000
    per_connection: PositiveInt = 100
    waiting_events: PositiveInt = 100
    waiting_bytes: PositiveInt = 1024 * 1024
    heartbeat_seconds: PositiveFloat = 10.0
    init_seconds: PositiveFloat = 5.0
    write_seconds: PositiveFloat = 20.0
    origins: frozenset[str] = frozenset()
