"""Where a provider's parts are, and its keys: as its own documents tell, remembered for an hour."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from foundation_subgraph.sign_in.oidc.settings import OidcProvider

KEPT_SECONDS: Final = 3600
FETCHES_APART_SECONDS: Final = 10
"""However many unknown keys are named, they are looked for this often."""
AWAY_SECONDS: Final = 3
"""Who asks for a provider that was away just now need not wait for the same again."""

_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
_LONGEST_ANSWER: Final = 256 * 1024
_ASYMMETRIC: Final = frozenset({"RSA", "EC"})


class ProviderTroubleError(Exception):
    """A provider that is away, or does not do as it should. The message is for the log, without secrets."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What discovery told. `names_issuer`: its answers say whose they are (RFC 9207)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool
    names_issuer: bool


class Discovery:
    """One provider's documents. `clock` tells seconds that never go back."""

    def __init__(self, provider: OidcProvider, clock: Callable[[], float]) -> None:
        self._provider: Final = provider
        self._clock: Final = clock
        self._fetching: Final = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._failed: tuple[float, ProviderTroubleError] | None = None

    async def metadata(self) -> Metadata:
        """Raises ProviderTroubleError."""
        async with self._fetching:
            if self._metadata is None or self._clock() - self._metadata[0] >= KEPT_SECONDS:
                answer = await self._fetch(get_well_known_url(self._provider.issuer, external=True))
                self._metadata = self._clock(), read_metadata(self._provider.issuer, answer)
            return self._metadata[1]

    async def keys(self, *, other_than: KeySet | None = None) -> KeySet:
        """The issuer's keys; `other_than` those, which did not fit. Those come back where it is too soon to look again.

        Raises ProviderTroubleError.
        """
        metadata = await self.metadata()
        async with self._fetching:
            if self._keys is None or self._is_stale(*self._keys, other_than):
                self._keys = self._clock(), read_keys(await self._fetch(metadata.jwks_uri))
            return self._keys[1]

    async def _fetch(self, url: str) -> Answer:
        if self._failed is not None and self._clock() - self._failed[0] < AWAY_SECONDS:
            raise ProviderTroubleError(f"a moment ago: {self._failed[1]}")
        try:
            return await fetch_json("GET", url)
        except ProviderTroubleError as error:
            self._failed = self._clock(), error
            raise

    def _is_stale(self, fetched_at: float, keys: KeySet, other_than: KeySet | None) -> bool:
        is_wanted = keys is other_than
        return self._clock() - fetched_at >= (FETCHES_APART_SECONDS if is_wanted else KEPT_SECONDS)


def read_metadata(issuer: str, answer: Answer) -> Metadata:
    """Raises ProviderTroubleError: another issuer's document sends nobody anywhere."""
    if answer.status != 200:
        raise ProviderTroubleError(f"discovery answered {answer.status}")
    body = answer.body
    if body.get("issuer") != issuer:
        raise ProviderTroubleError("discovery is of another issuer")
    methods = body.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        _endpoint(issuer, body, "authorization_endpoint"),
        _endpoint(issuer, body, "token_endpoint"),
        _endpoint(issuer, body, "jwks_uri"),
        _endpoint(issuer, body, "userinfo_endpoint") if "userinfo_endpoint" in body else None,
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
        names_issuer=body.get("authorization_response_iss_parameter_supported") is True,
    )


def read_keys(answer: Answer) -> KeySet:
    """The keys that tokens can be checked with; what is no such key is passed over. Raises ProviderTroubleError."""
    written = answer.body.get("keys")
    if answer.status != 200 or not isinstance(written, list):
        raise ProviderTroubleError(f"the keys were answered by {answer.status}")
    keys: list[Key] = []
    for one in written:
        # A shared secret among public keys would be one that everybody knows.
        if not isinstance(one, dict) or one.get("kty") not in _ASYMMETRIC or one.get("use", "sig") != "sig":
            continue
        try:
            keys.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not keys:
        raise ProviderTroubleError("there is no key among its keys")
    return KeySet(keys)


async def fetch_json(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, body: str | None = None
) -> Answer:
    """What an address of a provider's answers, which is an object in JSON. Raises ProviderTroubleError.

    Follows no redirect: what is asked is meant for this address, a secret among it.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as client,
            client.request(
                method,
                url,
                data=body,
                headers={"accept": "application/json", **(headers or {})},
                allow_redirects=False,
            ) as response,
        ):
            text = b""
            async for chunk in response.content.iter_chunked(64 * 1024):
                text += chunk
                if len(text) > _LONGEST_ANSWER:
                    raise ProviderTroubleError(f"{_shown(url)} answered more than {_LONGEST_ANSWER} bytes")
            if response.status >= 500 or 300 <= response.status < 400:
                raise ProviderTroubleError(f"{_shown(url)} answered {response.status}")
            read = json.loads(text)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ProviderTroubleError(f"{_shown(url)} cannot be reached: {type(error).__name__}") from error
    except (ValueError, RecursionError) as error:
        raise ProviderTroubleError(f"{_shown(url)} did not answer JSON") from error
    if not isinstance(read, dict):
        raise ProviderTroubleError(f"{_shown(url)} did not answer an object")
    return Answer(response.status, read)


def _endpoint(issuer: str, body: Mapping[str, Any], name: str) -> str:
    url = body.get(name)
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        is_web = parts.scheme in {"https", "http"} and bool(parts.hostname) and not parts.fragment
    except ValueError as error:
        raise ProviderTroubleError(f"discovery has no {name}") from error
    if not isinstance(url, str) or not is_web:
        raise ProviderTroubleError(f"discovery has no {name}")
    if urlsplit(issuer).scheme == "https" and parts.scheme != "https":
        raise ProviderTroubleError(f"discovery leads from https to less in {name}")
    return url


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
