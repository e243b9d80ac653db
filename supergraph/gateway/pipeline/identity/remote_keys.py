"""Key sets at an address: fetched when needed, kept while they hold, asked for again with patience."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import jwt
import structlog

from supergraph.gateway.hooks import KeysUnavailableError
from supergraph.gateway.pipeline.identity.fetching import fetch_json
from supergraph.gateway.pipeline.identity.key_sets import keys_with_id, read_key_set

_DISCOVERY: Final = "/.well-known/openid-configuration"
_log = structlog.stdlib.get_logger("dovetail.gateway")


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """Where keys are. `is_given`: by whoever runs the gateway, who may name any host; else the host must be a public one."""

    url: str
    is_given: bool = True


class RemoteKeys:
    """A key set at an address.

    It is fetched when it is first needed, and again in the background when it has grown old: after what the answer's
    `cache-control` says, at least `patience` and at most `longest` seconds, or `lifetime` where it says nothing. Who
    shows a key that is known waits for nobody. A key that is not known is looked for, as issuers rotate their keys, but
    whatever tokens come in: one fetch is under way at a time, and two begin at least `patience` seconds apart. While the
    address does not answer, the keys known last go on, for `stale` seconds; then nothing is taken.
    """

    __slots__ = (
        "_asked_at",
        "_clock",
        "_fetching",
        "_fresh_until",
        "_keys",
        "_lifetime",
        "_locate",
        "_longest",
        "_patience",
        "_stale",
        "_stale_until",
    )

    def __init__(
        self,
        url: str | Callable[[], Awaitable[KeyAddress]],
        *,
        lifetime: float = 300.0,
        longest: float = 3_600.0,
        patience: float = 10.0,
        stale: float = 86_400.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._locate = _always(url) if isinstance(url, str) else url
        self._lifetime = lifetime
        self._longest = longest
        self._patience = patience
        self._stale = stale
        self._clock = clock
        self._keys: Sequence[jwt.PyJWK] = ()
        self._asked_at = float("-inf")
        self._fresh_until = float("-inf")
        self._stale_until = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def keys(self, key_id: str | None) -> Sequence[jwt.PyJWK]:
        now = self._clock()
        is_known = now < self._stale_until and bool(keys_with_id(self._keys, key_id))
        if not is_known or now >= self._fresh_until:
            fetching = self._fetch_with_patience(now)
            if fetching is not None and not is_known:
                # Waited for and not awaited: a client that leaves must not end what others wait for.
                await asyncio.wait((fetching,))
        if self._clock() >= self._stale_until:
            raise KeysUnavailableError("the issuer's keys cannot be had")
        return keys_with_id(self._keys, key_id)

    def _fetch_with_patience(self, now: float) -> asyncio.Task[None] | None:
        """The fetch under way, or a new one; None where the last one began a moment ago."""
        if self._fetching is None and now - self._asked_at >= self._patience:
            self._asked_at = now
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            address = await self._locate()
            document, max_age = await fetch_json(address.url, public_only=not address.is_given)
            try:
                self._keys = read_key_set(document)
            except ValueError as error:
                raise KeysUnavailableError(f"{address.url}: {error}") from error
            lifetime = self._lifetime if max_age is None else max_age
            self._fresh_until = self._clock() + min(max(lifetime, self._patience), self._longest)
            self._stale_until = self._fresh_until + self._stale
        except KeysUnavailableError as error:
            _log.warning("an issuer's keys cannot be had", reason=str(error))
        except Exception:  # noqa: BLE001 - the edge of a task: the log gets the fault, the known keys go on
            _log.exception("fetching an issuer's keys met a fault of the gateway's own")
        finally:
            self._fetching = None


def _always(url: str) -> Callable[[], Awaitable[KeyAddress]]:
    async def locate() -> KeyAddress:
        return KeyAddress(url)

    return locate


def discovered_at(issuer: str) -> Callable[[], Awaitable[KeyAddress]]:
    """Finds where an OpenID provider keeps its keys, by its issuer URL alone. OpenID Connect Discovery 1.0, section 4.

    The document must be of that very issuer, and must not lead from `https` to anything less, nor from the issuer's own
    host into a private network. What is found raises KeysUnavailableError where it is not there or not so.
    """

    async def locate() -> KeyAddress:
        url = issuer.rstrip("/") + _DISCOVERY
        document, _ = await fetch_json(url)
        found = document if isinstance(document, dict) else {}
        if found.get("issuer") != issuer:
            raise KeysUnavailableError(f"{url} is not of the issuer {issuer}")
        address = found.get("jwks_uri")
        if not isinstance(address, str) or not _is_as_safe(address, issuer):
            raise KeysUnavailableError(f"{url} names no `jwks_uri` over {urlsplit(issuer).scheme}")
        return KeyAddress(address, is_given=urlsplit(address).hostname == urlsplit(issuer).hostname)

    return locate


def _is_as_safe(url: str, than: str) -> bool:
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return False
    return scheme == "https" or (scheme == "http" and urlsplit(than).scheme == "http")
