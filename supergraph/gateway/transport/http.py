"""A subgraph over HTTP: which client speaks to which address."""

import urllib.request
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from supergraph.gateway.transport.client import RequestClient
from supergraph.gateway.transport.http_lean import LeanHttpClient
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.principal_header import PrincipalHeaders


class InvalidAddressError(ValueError):
    """An address that no client can speak to. The message says what is wrong with it."""


def http_client(
    url: str, principals: PrincipalHeaders | None = None, settings: HttpClientSettings | None = None
) -> RequestClient:
    """A client for the address: the lean one where it can speak to it, else the complete one.

    Raises InvalidAddressError.
    """
    address = read_address(url)
    if address.scheme == "http" and address.username is None and not _has_proxy(address):
        return LeanHttpClient(url, principals, settings)
    # aiohttp is a fifth of a gateway's start, and inside one network nobody needs it.
    from supergraph.gateway.transport.http_complete import CompleteHttpClient  # noqa: PLC0415

    return CompleteHttpClient(url, principals, settings)


def read_address(url: str, schemes: Collection[str] = ("http", "https")) -> SplitResult:
    """The parts of a URL of one of the schemes. Raises InvalidAddressError."""
    if not url.isascii() or any(character <= " " for character in url):
        raise InvalidAddressError(f"{url!r} is not a URL: it has characters that must be escaped")
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError as error:
        raise InvalidAddressError(f"{url!r} is not a URL: {error}") from error
    if address.scheme not in schemes or not address.hostname or port == 0:
        raise InvalidAddressError(
            f"{url!r} is not an address over HTTP, such as http://localhost:4001/graphql"
        )
    return address


def _has_proxy(address: SplitResult) -> bool:
    proxies = urllib.request.getproxies()
    named = address.scheme in proxies or "all" in proxies
    return named and not urllib.request.proxy_bypass(address.hostname or "")
