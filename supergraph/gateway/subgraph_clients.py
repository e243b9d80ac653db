"""How each subgraph is spoken to: the chain of clients from an operation's fetch to the subgraph's answer.

From the outside in: equal requests become one; the breaker refuses where asking is in vain; the deadline counts all
that follows; what failed in passing is asked again; only so many are under way at once; and then the subgraph. Between
the first two, a subgraph that may ask in turn is lent what it needs for that.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.types import ASGIApp

from supergraph.gateway.client_pool import Address
from supergraph.gateway.settings import ALL, InProcessSettings, SubgraphSettings, settings_of
from supergraph.gateway.transport.breaker import BreakerClient, BreakerEvents, BreakerRules
from supergraph.gateway.transport.bulkhead import BulkheadClient
from supergraph.gateway.transport.client import EventSource, RequestClient, SubgraphClient
from supergraph.gateway.transport.coalescing import CoalescingClient
from supergraph.gateway.transport.deadline import DeadlineClient
from supergraph.gateway.transport.errands import Errands
from supergraph.gateway.transport.header_rules import ReturnedHeaders
from supergraph.gateway.transport.health_board import HealthBoard, SubgraphHealth
from supergraph.gateway.transport.http import InvalidAddressError, http_client
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.in_process import InProcessClient
from supergraph.gateway.transport.memory_bound import default_bound
from supergraph.gateway.transport.module_watch import ModuleWatch
from supergraph.gateway.transport.own_thread import OwnThreadClient
from supergraph.gateway.transport.pairing import PairedClient
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.retrying import RetryingClient, RetryRules
from supergraph.gateway.transport.subscribing import SSE, event_source
from supergraph.spec import PrincipalSigner, SubgraphName, Supergraph


class SubgraphClients:
    """Makes each subgraph's client, by the settings of its name. `board` is where its health is told."""

    def __init__(
        self,
        settings: Mapping[str, SubgraphSettings],
        in_process: InProcessSettings,
        signer: PrincipalSigner | None,
        board: HealthBoard,
        returned: ReturnedHeaders | None = None,
        errands: Errands | None = None,
    ) -> None:
        self.settings: Final = settings
        self._returned = returned
        self._errands = errands
        self._signer = signer
        self._board = board
        self._watch = ModuleWatch(in_process.stall_seconds, in_process.memory_bytes or default_bound())

    def make(self, name: SubgraphName, address: Address) -> SubgraphClient:
        """The whole chain of one subgraph. Raises InvalidAddressError."""
        settings = settings_of(name, self.settings)
        health = self._board.add(name)
        principals = None if self._signer is None else PrincipalHeaders(self._signer, name)
        bounds = HttpClientSettings(
            connections=None,  # the bulkhead sees to it
            answer_bytes=settings.answer_bytes,
            open_seconds=settings.seconds,
            kept_headers=self._kept_headers(name),
        )
        requests: RequestClient
        events: EventSource
        try:
            if isinstance(address, str):
                requests = http_client(address, principals, bounds)
                events = event_source(settings.subscriptions, address, principals, bounds)
            else:
                requests = called = self._called(name, address, settings, health)
                events = (
                    called
                    if settings.subscriptions == SSE
                    else event_source(settings.subscriptions, "", principals, bounds)
                )
        except InvalidAddressError as error:
            raise InvalidAddressError(f"subgraph {name}: {error}") from error
        requests = BulkheadClient(requests, settings.connections, settings.waiting)
        if settings.retries:
            rules = RetryRules(settings.retries, settings.retry_share)
            requests = RetryingClient(requests, rules, settings.seconds)
        requests = DeadlineClient(requests, settings.seconds)
        breaking = None if settings.breaker is None else BreakerRules(**settings.breaker.model_dump())
        breaker = BreakerClient(requests, breaking, self._board, health)
        client: SubgraphClient = PairedClient(breaker, BreakerEvents(events, breaker))
        if self._errands is not None:
            client = self._errands.lend(client, name)
        return CoalescingClient(client) if settings.share_equal_requests else client

    def _kept_headers(self, name: SubgraphName) -> frozenset[bytes]:
        return frozenset() if self._returned is None else self._returned.wanted(name)

    def _called(
        self, name: SubgraphName, app: ASGIApp, settings: SubgraphSettings, health: SubgraphHealth
    ) -> SubgraphClient:
        kept_headers = self._kept_headers(name)
        door = None if self._errands is None else self._errands.door

        def make() -> InProcessClient:
            return InProcessClient(
                app,
                answer_bytes=settings.answer_bytes,
                open_seconds=settings.seconds,
                kept_headers=kept_headers,
                door=door,
            )

        return OwnThreadClient(make, health, self._watch) if settings.own_thread else make()


def find_addresses(
    supergraph: Supergraph,
    overrides: Mapping[str, Address],
    settings: Mapping[str, SubgraphSettings],
    *,
    all_known: bool = True,
) -> dict[SubgraphName, Address]:
    """Where each subgraph is: as `overrides` say, else the settings, else the document. Raises InvalidAddressError.

    `all_known`: a name that the supergraph does not have is a mistake. One that it no longer has is none.
    """
    addresses: dict[str, Address] = {graph.name: graph.url for graph in supergraph.graphs.values()}
    if all_known:
        check_known(overrides, addresses, "")
        check_known(settings.keys() - {ALL}, addresses, "settings of ")
    addresses |= {name: url for name in addresses if (url := settings_of(name, settings).url) is not None}
    addresses |= {name: address for name, address in overrides.items() if name in addresses}
    return {SubgraphName(name): address for name, address in addresses.items() if address != ""}


def check_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raises InvalidAddressError."""
    if unknown := sorted(set(names) - set(known)):
        raise InvalidAddressError(
            f"{what}{unknown[0]}: no subgraph is called so; the supergraph has {', '.join(sorted(known))}"
        )
