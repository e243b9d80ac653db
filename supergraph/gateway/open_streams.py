"""The subscriptions that are open: how many there may be, and that they hear when the gateway stops."""

import asyncio
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.snapshot import Snapshot
from supergraph.spec import RequestCode

STOPPING: Final = refuse(
    503, "The gateway is stopping; connect again.", RequestCode.GATEWAY_STOPPING, retry_after="1"
)


class Continuable(Protocol):
    """An open subscription, as a reload sees it."""

    snapshot: Snapshot

    async def continue_on(self, snapshot: Snapshot) -> bool:
        """Go on with that one, or end and say so. Whether it goes on."""
        ...


class OpenStreams:
    """Counts subscriptions, all of them and those of each tenant, and stops what wants to be told."""

    __slots__ = (
        "_all_ended",
        "_at_once",
        "_by_tenant",
        "_listeners",
        "_per_tenant",
        "_subscriptions",
        "is_stopping",
    )

    def __init__(self, *, at_once: int, per_tenant: int) -> None:
        self._at_once = at_once
        self._per_tenant = per_tenant
        self._by_tenant: Counter[str | None] = Counter()
        self._listeners: set[Callable[[], None]] = set()
        self._subscriptions: dict[Continuable, str | None] = {}
        self._all_ended = asyncio.Event()
        self.is_stopping = False

    def __len__(self) -> int:
        return self._by_tenant.total()

    def admit(self, tenant: str | None) -> Refusal | None:
        """None for one that may be opened: it is counted until `release`."""
        if self.is_stopping:
            return STOPPING
        if self._by_tenant[tenant] >= self._per_tenant or len(self) >= self._at_once:
            return refuse(
                429,
                "There are as many subscriptions open as there may be; end some, or try again later.",
                RequestCode.SUBSCRIPTION_LIMIT_EXCEEDED,
                retry_after="5",
            )
        self._by_tenant[tenant] += 1
        return None

    def release(self, tenant: str | None) -> None:
        self._by_tenant[tenant] -= 1
        if not self._by_tenant[tenant]:
            del self._by_tenant[tenant]

    def is_open_for(self, tenant: str | None) -> bool:
        """Whether the tenant has any."""
        return tenant in self._by_tenant

    def opened(self, subscription: Continuable, tenant: str | None) -> None:
        """It runs, until `ended`."""
        self._subscriptions[subscription] = tenant

    def ended(self, subscription: Continuable) -> None:
        self._subscriptions.pop(subscription, None)

    def running_on(self) -> set[int]:
        """The snapshots that subscriptions run on, each by its `id`."""
        return {id(subscription.snapshot) for subscription in self._subscriptions}

    async def continue_on(
        self, former: Snapshot, snapshot: Snapshot, tenants: Container[str | None] | None = None
    ) -> tuple[int, int]:
        """Move all that run on the former snapshot to another, or those of some tenants.

        How many went on, and how many ended.
        """
        went_on = ended = 0
        for subscription, tenant in tuple(self._subscriptions.items()):
            if tenants is not None and tenant not in tenants:
                continue
            # It may have ended, or have been moved, while another was waited for.
            if subscription in self._subscriptions and subscription.snapshot is former:
                if await subscription.continue_on(snapshot):
                    went_on += 1
                else:
                    ended += 1
                # There may be thousands, and requests want their turn.
                await asyncio.sleep(0)
        return went_on, ended

    @contextmanager
    def stopping_with(self, stop: Callable[[], None]) -> Iterator[None]:
        """`stop` is called when the gateway stops, at once if it already does."""
        self._listeners.add(stop)
        if self.is_stopping:
            stop()
        try:
            yield
        finally:
            self._listeners.discard(stop)
            if self.is_stopping and not self._listeners:
                self._all_ended.set()

    async def stop(self, seconds: float) -> None:
        """From now on nothing is opened, and what is open ends; it is waited for, up to `seconds`."""
        self.is_stopping = True
        for stop in tuple(self._listeners):
            stop()
        if self._listeners:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._all_ended.wait()
