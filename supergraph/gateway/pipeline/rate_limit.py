"""How often a tenant and a client may ask: a token for each operation, whatever it came by, and for what it may cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from supergraph.gateway.errors import Problem, Refusal, refuse
from supergraph.gateway.hooks import HttpRequest, RateLimitStore, RateLimitStoreError, TokensWanted
from supergraph.gateway.hooks.builtin.token_buckets import TokenBuckets
from supergraph.gateway.pipeline.client_address import Address, client_address, shared_by
from supergraph.gateway.pipeline.limit_reports import LimitReports
from supergraph.gateway.settings import RateLimitSettings, WithoutStore
from supergraph.spec import Principal, RequestCode

_UNAVAILABLE: Final = refuse(
    503,
    "Rate limits cannot be kept at the moment; try again soon.",
    RequestCode.RATE_LIMITS_UNAVAILABLE,
    retry_after="5",
)


class InvalidRateLimitError(ValueError):
    """Rate limits that cannot be kept as they are set. The message is one line: what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class RateLimiter:
    """Asks `store`; while that is away `alone`, or refuses where there is none."""

    settings: RateLimitSettings
    store: RateLimitStore
    alone: RateLimitStore | None
    reports: LimitReports

    def address(self, http: HttpRequest) -> Address | None:
        """Whose address a request is counted by that nobody signed: None for those that are not counted by it."""
        trusted = self.settings.trusted_proxies
        if not trusted:
            return _counted(http.peer, private=self.settings.private_addresses)
        forwarded = [value for name, value in http.headers if name == b"x-forwarded-for"]
        found = client_address(http.peer, forwarded, trusted)
        return None if found is None else _counted(str(found), private=self.settings.private_addresses)

    async def admit(self, principal: Principal, address: Address | None) -> Refusal | None:
        """One operation more."""
        wanted: list[TokensWanted] = []
        tenant, subject = principal.tenant, principal.subject
        settings = self.settings
        if tenant is not None:
            rate = settings.tenants.get(tenant, settings.tenant)
            if rate is not None:
                wanted.append(TokensWanted(f"tenant:{tenant}", 1, rate.per_second, rate.burst))
        if settings.client is not None:
            key = None
            if subject is not None:
                # Ids may hold anything: with its length said, no tenant's clients are taken for another's.
                key = f"client:{len(tenant or '')}:{tenant or ''}:{subject}"
            elif address is not None:
                key = f"address:{shared_by(address)}"
            if key is not None:
                rate = settings.client
                wanted.append(TokensWanted(key, 1, rate.per_second, rate.burst))
        return await self._take(wanted) if wanted else None

    async def charge(self, principal: Principal, cost: int) -> Refusal | None:
        """What an operation is estimated to cost its tenant."""
        rate = self.settings.tenant_cost
        if rate is None or principal.tenant is None or cost == 0:
            return None
        # Dearer than a full bucket: that would never be had, and it is `limits.cost` that says what may be asked at all.
        amount = min(cost, rate.burst)
        return await self._take(
            [TokensWanted(f"cost:{principal.tenant}", amount, rate.per_second, rate.burst)]
        )

    async def close(self) -> None:
        await self.store.close()

    async def _take(self, wanted: Sequence[TokensWanted]) -> Refusal | None:
        try:
            wait = await self.store.take(wanted)
        except RateLimitStoreError:
            if self.alone is None:
                return None if self._only_reports(wanted) else _UNAVAILABLE
            wait = await self.alone.take(wanted)
        if wait <= 0.0 or self._only_reports(wanted):
            return None
        return _too_often(wait)

    def _only_reports(self, wanted: Sequence[TokensWanted]) -> bool:
        if self.settings.report_only:
            self.reports.note("rate", buckets=[each.bucket for each in wanted])
        return self.settings.report_only


def _redis(address: str, settings: RateLimitSettings) -> RateLimitStore:
    try:
        from supergraph.gateway.hooks.builtin.redis_buckets import RedisBuckets  # noqa: PLC0415 - an extra

        return RedisBuckets(
            address, seconds=settings.redis_timeout_seconds, pause_seconds=settings.redis_pause_seconds
        )
    except ImportError as error:
        raise InvalidRateLimitError("rate_limits.redis: install the extra dovetail[redis]") from error
    except ValueError as error:
        # The address may hold a password, so it is not repeated.
        raise InvalidRateLimitError(
            "rate_limits.redis: the address must be like redis://host:6379/0"
        ) from error


def read_rate_limiter(
    settings: RateLimitSettings, given: RateLimitStore | None, reports: LimitReports
) -> RateLimiter | None:
    """None where nothing is limited. `given` is a stranger's store. Raises UnreadableSecretError, InvalidRateLimitError."""
    if not (settings.tenant or settings.client or settings.tenant_cost or settings.tenants):
        return None
    own = TokenBuckets(buckets=settings.buckets)
    store = given
    if store is None and settings.redis is not None:
        store = _redis(settings.redis.read(), settings)
    alone = own if settings.without_redis is WithoutStore.COUNT_ALONE else None
    return RateLimiter(settings, store or own, alone, reports)


@lru_cache(maxsize=10_000)
def _counted(peer: str | None, *, private: bool) -> Address | None:
    found = client_address(peer, (), ())
    return None if found is None or (not private and not found.is_global) else found


def _too_often(wait: float) -> Refusal:
    seconds = math.ceil(wait)
    return Refusal(
        429,
        (
            Problem(
                RequestCode.REQUEST_RATE_LIMITED,
                f"More is asked than the rate limits allow; ask again in {seconds} s.",
                extensions={"retryAfter": seconds},
            ),
        ),
        ((b"retry-after", str(seconds).encode()),),
    )
