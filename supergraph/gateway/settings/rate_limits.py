"""How often one may ask."""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.limits import or_off
from supergraph.gateway.settings.section import Secret, Settings


class WithoutStore(StrEnum):
    """What a gateway does while the store that it shares with others is away."""

    COUNT_ALONE = "count_alone"
    REFUSE = "refuse"


class RateSettings(Settings):
    """A token bucket: it fills at `per_second` and holds `burst`; each operation takes one."""

    per_second: PositiveFloat = Field(description="Operations a second that may go on for ever.")
    burst: PositiveFloat = Field(description="Operations that may come at once after a rest.")


class CostRateSettings(Settings):
    """A token bucket of estimated costs, as `limits.cost` counts them."""

    per_second: PositiveFloat = Field(description="Cost a second that may go on for ever.")
    burst: PositiveFloat = Field(
        description="Cost that may come at once; at least that of the dearest operation."
    )


_RATE_OR_OFF: Final = or_off(RateSettings | Literal["off"] | None)
_COST_OR_OFF: Final = or_off(CostRateSettings | Literal["off"] | None)


class RateLimitSettings(Settings):
    """How often one may ask, by any protocol. `off` or null switches a rate off."""

    tenant: Annotated[RateSettings | None, _RATE_OR_OFF] = Field(
        default=RateSettings(per_second=2_000, burst=4_000),
        description="What one tenant may ask, by all its callers.",
    )
    client: Annotated[RateSettings | None, _RATE_OR_OFF] = Field(
        default=RateSettings(per_second=1_000, burst=2_000),
        description="What one user or API key may ask; of those not signed in, one network address.",
    )
    tenant_cost: Annotated[CostRateSettings | None, _COST_OR_OFF] = Field(
        default=None, description="What one tenant's operations may cost together; off unless set."
    )
    tenants: Mapping[str, RateSettings] = Field(
        default={}, description="Rates of single tenants, by their ids, in place of `tenant`."
    )
    private_addresses: bool = Field(
        default=False,
        description="Whether callers not signed in are limited too where they come from loopback or a private "
        "network. Such an address is mostly a load balancer's, and would stand for everybody.",
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks whose `x-forwarded-for` is believed, such as `10.0.0.0/8`. Nobody's by default.",
    )
    redis: Secret | None = Field(
        default=None,
        description="The address of a Redis, such as `redis://cache:6379/0`, that several gateways count in. It needs "
        "the extra `dovetail[redis]`.",
    )
    redis_timeout_seconds: PositiveFloat = Field(
        default=0.05, description="Seconds that Redis is waited for; after that it counts as away."
    )
    redis_pause_seconds: PositiveFloat = Field(
        default=5.0, description="Seconds for which a Redis that is away is not asked again."
    )
    without_redis: WithoutStore = Field(
        default=WithoutStore.COUNT_ALONE,
        description="While Redis is away: `count_alone` counts in each gateway by itself, `refuse` answers 503.",
    )
    buckets: PositiveInt = Field(
        default=100_000,
        description="Tenants and clients whose rates one gateway remembers; beyond, the oldest start anew.",
    )
    report_only: bool = Field(
        default=False, description="Refuse nothing; log and count what would have been refused."
    )
