"""How each subgraph is spoken to: the chain of clients from an operation's fetch to the subgraph's answer."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from supergraph.gateway.settings import SubgraphSettings
from supergraph.gateway.transport.client import EventSource, RequestClient, SubgraphClient
from supergraph.gateway.transport.coalescing import CoalescingClient
from supergraph.gateway.transport.http import InvalidAddressError, http_client
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.in_process import InProcessClient
from supergraph.gateway.transport.pairing import PairedClient
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.resilience import DeadlineClient
from supergraph.gateway.transport.routing import RoutingClient
from supergraph.gateway.transport.subscribing import SSE, event_source
from supergraph.spec import PrincipalSigner, SubgraphName, Supergraph


def build_client(
    supergraph: Supergraph,
    overrides: Mapping[str, ASGIApp | str],
    signer: PrincipalSigner | None,
    settings: SubgraphSettings,
) -> SubgraphClient:
    """A client for each subgraph that has an address. Raises InvalidAddressError."""
    addresses: dict[str, ASGIApp | str] = {graph.name: graph.url for graph in supergraph.graphs.values()}
    if unknown := sorted(overrides.keys() - addresses.keys()):
        raise InvalidAddressError(
            f"no subgraph is called {unknown[0]}: the supergraph has {', '.join(sorted(addresses))}"
        )
    if unknown := sorted(settings.subscriptions.keys() - addresses.keys() - {"*"}):
        raise InvalidAddressError(
            f"subscriptions of {unknown[0]}: the supergraph has {', '.join(sorted(addresses))}"
        )
    principals = None if signer is None else PrincipalHeaders(signer)
    clients: dict[SubgraphName, SubgraphClient] = {}
    for name, address in {**addresses, **overrides}.items():
        if address != "":
            clients[SubgraphName(name)] = _subgraph_client(name, address, principals, settings)
    client: SubgraphClient = RoutingClient(clients)
    return CoalescingClient(client) if settings.share_equal_requests else client


def _subgraph_client(
    name: str, address: ASGIApp | str, principals: PrincipalHeaders | None, settings: SubgraphSettings
) -> SubgraphClient:
    """Raises InvalidAddressError."""
    wanted = settings.subscriptions.get(name, settings.subscriptions.get("*", SSE))
    bounds = HttpClientSettings(
        connections=settings.connections, answer_bytes=settings.answer_bytes, open_seconds=settings.seconds
    )
    try:
        if isinstance(address, str):
            requests: RequestClient = http_client(address, principals, bounds)
            events: EventSource = event_source(wanted, address, principals, bounds)
        else:
            requests = called = InProcessClient(
                address, answer_bytes=settings.answer_bytes, open_seconds=settings.seconds
            )
            events = called if wanted == SSE else event_source(wanted, "", principals, bounds)
    except InvalidAddressError as error:
        raise InvalidAddressError(f"subgraph {name}: {error}") from error
    return PairedClient(DeadlineClient(requests, settings.seconds), events)
