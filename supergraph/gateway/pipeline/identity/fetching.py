"""JSON from an issuer's address, within bounds: time, size, and no way to elsewhere."""

import re
import socket
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import orjson

from supergraph.gateway.hooks import KeysUnavailableError

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver, ResolveResult

_SECONDS: Final = 5.0
_BYTES: Final = 256 * 1024
_PRIVATE: Final = "and only who runs the gateway may say so: as `jwks_url`"
_MAX_AGE: Final = re.compile(r'(?:^|[\s,])max-age="?(\d{1,9})\b')


async def fetch_json(url: str, *, public_only: bool = False) -> tuple[object, float | None]:
    """What the address answers, and how many seconds it says that this holds. Raises KeysUnavailableError.

    A redirect is a failure: whoever can answer for the address could send us anywhere else. With `public_only` so is a
    host in a private network, whatever name leads there: for addresses that somebody else chose. Behind a proxy it is the
    proxy that looks up names.
    """
    import aiohttp  # noqa: PLC0415 - a fifth of a gateway's start, and with local keys of no use

    if public_only:
        _refuse_private_literal(urlsplit(url).hostname or "")
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_public_resolver()) if public_only else None,
                timeout=aiohttp.ClientTimeout(total=_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            ) as session,
            session.get(url, headers={"accept": "application/json"}, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise KeysUnavailableError(f"{url} answers with status {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _BYTES:
                    raise KeysUnavailableError(f"{url} answers with more than {_BYTES} bytes")
            return orjson.loads(body), read_max_age(response.headers.getall("cache-control", []))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise KeysUnavailableError(f"{url}: {error!r}") from error


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. Raises ValueError for what is none."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_global


def _refuse_private_literal(host: str) -> None:
    with suppress(ValueError):  # a name: what it leads to is seen when it is looked up
        if not is_public(host):
            raise KeysUnavailableError(f"{host} is in a private network, {_PRIVATE}")


def _public_resolver() -> "AbstractResolver":
    """Looks names up as usual, and refuses those that lead to a private network.

    What it gives is what is connected to, so that a name cannot mean something else a moment later.
    """
    import aiohttp  # noqa: PLC0415 - loaded by now

    proxies = {urlsplit(each).hostname for each in getproxies().values()}

    class PublicResolver(aiohttp.ThreadedResolver):
        async def resolve(
            self, name: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> "list[ResolveResult]":
            found = await super().resolve(name, port, family)
            if name not in proxies and not all(is_public(each["host"]) for each in found):
                raise OSError(f"{name} is in a private network, {_PRIVATE}")
            return found

    return PublicResolver()


def read_max_age(cache_control: list[str]) -> float | None:
    """The seconds of `max-age`; 0 where nothing may be kept; None where nothing is said. RFC 9111, 5.2."""
    said = ",".join(cache_control).lower()
    if "no-store" in said or "no-cache" in said:
        return 0.0
    found = _MAX_AGE.search(said)
    return None if found is None else float(found[1])
