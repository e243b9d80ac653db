"""Bearer token -> Principal. The tenant comes from the token alone.

A token is taken when a key of the configured set signed it with an allowed algorithm, for this audience, by this
issuer, and it is in force. A request without a token is anybody's; one with a token that does not hold is refused.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import jwt

from supergraph.gateway.bounded_cache import BoundedCache
from supergraph.gateway.errors import ErrorCode, Refusal, refuse
from supergraph.spec import ANONYMOUS, Principal

ASYMMETRIC_ALGORITHMS: Final = frozenset(
    {"EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
)
"""What an issuer may sign with. Shared secrets are not among them: who can check such a token can forge one."""

_KNOWN_TOKENS: Final = 10_000
_KNOWN_SECONDS: Final = 60.0
_LONGEST_TOKEN: Final = 16 * 1024


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be had now. The message is for the log."""


class KeySource(Protocol):
    """Where an issuer's public keys come from."""

    async def keys(self, key_id: str | None) -> Sequence[jwt.PyJWK]:
        """The keys that may have signed a token with this `kid`: those that bear it, or all where it has none.

        Raises KeysUnavailableError.
        """
        ...


class LocalKeys:
    """A key set given as an object (`{"keys": [...]}`). Raises ValueError when no key of it can be used."""

    __slots__ = ("_keys",)

    def __init__(self, key_set: Mapping[str, object]) -> None:
        self._keys = read_key_set(key_set)

    async def keys(self, key_id: str | None) -> Sequence[jwt.PyJWK]:
        return _matching(self._keys, key_id)


class RemoteKeys:
    """A key set at an address, fetched when it is needed and again when it has grown old.

    A key that is not in the set is looked for again, as issuers rotate their keys, but not more often than every
    `patience` seconds, whatever tokens come in. While the address does not answer, the keys known last go on.
    """

    __slots__ = ("_asked_at", "_fetched_at", "_keys", "_lifetime", "_lock", "_patience", "_url")

    def __init__(self, url: str, *, lifetime: float = 300.0, patience: float = 10.0) -> None:
        self._url = url
        self._lifetime = lifetime
        self._patience = patience
        self._keys: Sequence[jwt.PyJWK] = ()
        self._asked_at = float("-inf")
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def keys(self, key_id: str | None) -> Sequence[jwt.PyJWK]:
        if time.monotonic() - self._fetched_at > self._lifetime or not _matching(self._keys, key_id):
            await self._refresh()
        return _matching(self._keys, key_id)

    async def _refresh(self) -> None:
        asked = time.monotonic()
        async with self._lock:
            if self._asked_at >= asked - self._patience:
                if not self._keys:
                    raise KeysUnavailableError(f"{self._url} gave no keys a moment ago")
                return
            self._asked_at = time.monotonic()
            try:
                self._keys = await self._fetch()
                self._fetched_at = time.monotonic()
            except KeysUnavailableError:
                if not self._keys:
                    raise

    async def _fetch(self) -> Sequence[jwt.PyJWK]:
        import aiohttp  # noqa: PLC0415 - a fifth of a gateway's start, and with local keys of no use

        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5), trust_env=True) as session,
                session.get(self._url, headers={"accept": "application/json"}) as response,
            ):
                response.raise_for_status()
                return read_key_set(await response.json(content_type=None))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise KeysUnavailableError(f"{self._url}: {error!r}") from error


def read_key_set(key_set: object) -> Sequence[jwt.PyJWK]:
    """The keys to check signatures with. Keys of other uses and kinds are left out. Raises ValueError for none."""
    listed = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError("a key set is an object with a list of `keys`")  # noqa: TRY004 - the value came from outside
    keys = []
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue  # A set may hold kinds of keys that are not for us.
        if key.algorithm_name in ASYMMETRIC_ALGORITHMS:
            keys.append(key)
    if not keys:
        raise ValueError("the key set holds no public key that tokens can be checked with")
    return tuple(keys)


def _matching(keys: Sequence[jwt.PyJWK], key_id: str | None) -> Sequence[jwt.PyJWK]:
    return keys if key_id is None else [key for key in keys if key.key_id == key_id]


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must say. `leeway` seconds are granted to clocks that differ."""

    issuer: str
    audience: str
    algorithms: frozenset[str] = ASYMMETRIC_ALGORITHMS
    leeway: float = 30.0
    subject_claim: str = "sub"
    tenant_claim: str = "tenant"
    scope_claim: str = "scope"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and until when that holds: seconds since the epoch, clocks' differences granted. None is for ever."""

    principal: Principal = ANONYMOUS
    until: float | None = None


NOBODY: Final = Caller()


class Identity:
    """Who sent a request. Tokens that held are remembered for up to a minute, and never past their end."""

    __slots__ = ("_known", "_rules", "_source")

    def __init__(self, source: KeySource, rules: TokenRules) -> None:
        if unfit := rules.algorithms - ASYMMETRIC_ALGORITHMS:
            raise ValueError(f"tokens cannot be trusted with the algorithms {', '.join(sorted(unfit))}")
        self._source = source
        self._rules = rules
        self._known: BoundedCache[str, tuple[Caller, float]] = BoundedCache(
            entries=_KNOWN_TOKENS, weight=_KNOWN_TOKENS
        )

    async def identify(self, authorization: bytes | None) -> Caller | Refusal:
        """By the value of a request's header `authorization`, or of what stands for it; None where there is none."""
        if authorization is None:
            return NOBODY
        scheme, _, token = authorization.decode("latin-1").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
            return _unauthenticated("the header `authorization` must be `Bearer` and a token")
        known = self._known.get(token)
        if known is not None and known[1] > time.time():
            return known[0]
        return await self._check(token)

    async def _check(self, token: str) -> Caller | Refusal:
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in self._rules.algorithms or not isinstance(key_id, str | None):
                return _unauthenticated("the token is not signed in a way that is taken here")
            keys = [key for key in await self._source.keys(key_id) if key.algorithm_name == algorithm]
            claims = self._claims(token, keys)
        except KeysUnavailableError:
            return refuse(
                503,
                "Tokens cannot be checked at the moment; try again soon.",
                ErrorCode.IDENTITY_UNAVAILABLE,
                retry_after="5",
            )
        except jwt.ExpiredSignatureError:
            return EXPIRED
        except jwt.PyJWTError as error:
            return _unauthenticated(_reason(error))
        except RecursionError:  # JSON nested in thousands of levels; the standard library reads it for PyJWT
            return _unauthenticated("the token cannot be read")
        principal = self._principal(claims)
        ends = claims["exp"]
        if not isinstance(ends, int | float):
            return _unauthenticated("the token's claim `exp` is not a number")
        if isinstance(principal, Refusal):
            return principal
        caller = Caller(principal, ends + self._rules.leeway)
        self._known.put(token, (caller, min(ends + self._rules.leeway, time.time() + _KNOWN_SECONDS)))
        return caller

    def _claims(self, token: str, keys: Sequence[jwt.PyJWK]) -> dict[str, object]:
        """The claims, checked with the first key whose signature it is. Raises jwt.PyJWTError."""
        failure: jwt.PyJWTError = jwt.InvalidSignatureError()
        for key in keys:
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=sorted(self._rules.algorithms),
                    issuer=self._rules.issuer,
                    audience=self._rules.audience,
                    leeway=self._rules.leeway,
                    options={"require": ["exp", "iss", "aud"]},
                )
            except jwt.InvalidSignatureError as error:
                failure = error
        raise failure

    def _principal(self, claims: Mapping[str, object]) -> Principal | Refusal:
        rules = self._rules
        subject, tenant = claims.get(rules.subject_claim), claims.get(rules.tenant_claim)
        if not isinstance(subject, str) or not subject:
            return _unauthenticated(f"the token's claim `{rules.subject_claim}` names nobody")
        if not isinstance(tenant, str | None):
            return _unauthenticated(f"the token's claim `{rules.tenant_claim}` is not a string")
        scope = claims.get(rules.scope_claim)
        if isinstance(scope, str):
            scope = scope.split()
        if scope is not None and not (
            isinstance(scope, list) and all(isinstance(each, str) for each in scope)
        ):
            return _unauthenticated(f"the token's claim `{rules.scope_claim}` is no list of scopes")
        return Principal(subject, tenant, frozenset(scope or ()))


def _reason(error: jwt.PyJWTError) -> str:
    """What may be said of a token's fault: enough to mend it, nothing of what would have been right."""
    match error:
        case jwt.ImmatureSignatureError():
            return "the token is not in force yet"
        case jwt.InvalidAudienceError():
            return "the token is for another audience"
        case jwt.InvalidIssuerError():
            return "the token is from another issuer"
        case jwt.MissingRequiredClaimError(claim=claim):
            return f"the token lacks the claim `{claim}`"
        case jwt.InvalidSignatureError():
            return "the token's signature does not hold"
        case _:
            return "the token cannot be read"


def _unauthenticated(reason: str) -> Refusal:
    return refuse(
        401,
        f"Not signed in: {reason}.",
        ErrorCode.UNAUTHENTICATED,
        www_authenticate=f'Bearer error="invalid_token", error_description="{reason}"',
    )


EXPIRED: Final = _unauthenticated("the token has expired")
