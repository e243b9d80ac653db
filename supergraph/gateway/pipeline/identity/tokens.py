"""Token -> who asks. Nothing that a token says is believed before its signature holds, but whose keys to ask for."""

import binascii
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import jwt
import orjson
import structlog
from jwt.utils import base64url_decode

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import KeySource, KeysUnavailableError
from supergraph.gateway.pipeline.identity.claims import ClaimRules, claim_at, read_principal
from supergraph.gateway.pipeline.identity.key_sets import ASYMMETRIC_ALGORITHMS
from supergraph.gateway.pipeline.identity.refusals import EXPIRED, UNAVAILABLE, not_taken
from supergraph.spec import Caller

_OTHER_ISSUER: Final = not_taken("the token is from another issuer")
_UNREADABLE: Final = not_taken("the token cannot be read")
_UNTAKEN_SIGNATURE: Final = not_taken("the token is not signed in a way that is taken here")
_WRONG_SIGNATURE: Final = not_taken("the signature of the token does not hold")

_MOST_TRIED: Final = 10
"""Keys that a token without a `kid` is tried with: a forged one must not cost a signature per key of a large set."""

_JWS: Final = jwt.PyJWS()
_log = structlog.stdlib.get_logger("dovetail.gateway")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token of one issuer must say.

    One of the `audiences` must be named in the claim at `audience`: there is no way to do without, since a token that is
    for anybody is also one that somebody else was given and shows here. `types`: what the header `typ` may be, such as
    `at+jwt`; empty for any. `leeway` seconds are granted to clocks that differ.

    Raises ValueError for no audience at all, and for algorithms that prove nothing.
    """

    issuer: str
    audiences: Collection[str]
    algorithms: frozenset[str] = ASYMMETRIC_ALGORITHMS
    leeway: float = 30.0
    types: frozenset[str] = frozenset()
    audience: tuple[str, ...] = ("aud",)
    claims: ClaimRules = field(default_factory=ClaimRules)

    def __post_init__(self) -> None:
        if isinstance(self.audiences, str) or not self.audiences or not all(self.audiences):
            raise ValueError(f"the issuer {self.issuer} needs a list of audiences: whom its tokens are for")
        if unfit := self.algorithms - ASYMMETRIC_ALGORITHMS:
            raise ValueError(f"tokens cannot be trusted with the algorithms {', '.join(sorted(unfit))}")
        if not self.algorithms:
            raise ValueError(f"the issuer {self.issuer} may sign with no algorithm at all")


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Whose tokens are taken: its keys, and what its tokens must say."""

    keys: KeySource
    rules: TokenRules


async def check_token(token: str, issuers: Mapping[str, TrustedIssuer]) -> Caller | Refusal:
    """Who shows the token. The issuer is chosen by its `iss` first, so that no other's keys are asked for."""
    parts = token.split(".")
    header = _read_part(parts[0])
    unverified = _read_part(parts[1]) if len(parts) == 3 else None
    if header is None or unverified is None:
        return _UNREADABLE
    name = unverified.get("iss")
    issuer = issuers.get(name) if isinstance(name, str) else None
    if issuer is None:
        return _OTHER_ISSUER
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not _is_taken(header, issuer.rules) or not isinstance(key_id, str | None):
        return _UNTAKEN_SIGNATURE
    try:
        keys = [key for key in await issuer.keys.keys(key_id) if key.algorithm_name == algorithm]
    except KeysUnavailableError as error:
        _log.warning("a token cannot be checked", issuer=issuer.rules.issuer, reason=str(error))
        return UNAVAILABLE
    signed = _signed_payload(token, keys)
    claims = None if signed is None else _read_object(signed)
    if claims is None:
        return _WRONG_SIGNATURE
    return _caller(claims, issuer.rules)


def _read_part(part: str) -> Mapping[str, object] | None:
    try:
        return _read_object(base64url_decode(part))
    except (binascii.Error, ValueError):
        return None


def _read_object(text: bytes) -> Mapping[str, object] | None:
    try:
        found = orjson.loads(text)  # which takes neither NaN nor more levels than it can stand
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _is_taken(header: Mapping[str, object], rules: TokenRules) -> bool:
    """By the header alone. What is `crit` must be understood, and nothing is: RFC 7515, 4.1.11."""
    algorithm, kind = header.get("alg"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in rules.algorithms or "crit" in header:
        return False
    # RFC 7515, 4.1.9: `application/` may be left out, and letters' case does not count.
    return not rules.types or (
        isinstance(kind, str)
        and kind.lower().removeprefix("application/") in {each.lower() for each in rules.types}
    )


def _signed_payload(token: str, keys: Sequence[jwt.PyJWK]) -> bytes | None:
    """What one of the keys signed; None where none did."""
    for key in keys[:_MOST_TRIED]:
        try:
            payload: bytes = _JWS.decode_complete(token, key, algorithms=[key.algorithm_name])["payload"]
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            continue
        return payload
    return None


def _caller(claims: Mapping[str, object], rules: TokenRules) -> Caller | Refusal:
    """By the claims of a token whose signature holds."""
    if claims.get("iss") != rules.issuer:
        return _OTHER_ISSUER
    for name in ("exp", "nbf", "iat"):
        if not _is_time(claims.get(name)):
            return not_taken(f"the claim `{name}` is not a number")
    now = time.time()
    ends = _seconds(claims, "exp")
    if ends is None:
        return not_taken("the token lacks the claim `exp`")
    if ends + rules.leeway <= now:
        return EXPIRED
    begins, issued = _seconds(claims, "nbf"), _seconds(claims, "iat")
    if max(begins or 0, issued or 0) - rules.leeway > now:
        return not_taken("the token is not in force yet")
    if not _is_for(claim_at(claims, rules.audience), rules.audiences):
        return not_taken("the token is for another audience")
    principal = read_principal(claims, rules.claims)
    if isinstance(principal, Refusal):
        return principal
    return Caller(
        principal,
        until=ends + rules.leeway,
        issuer=rules.issuer,
        session=_text(claims.get("sid")) or _text(claims.get("jti")),
        issued_at=issued,
        client=_text(claims.get("azp")) or _text(claims.get("client_id")),
    )


def _is_time(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _seconds(claims: Mapping[str, object], name: str) -> float | None:
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) else None


def _is_for(audience: object, taken: Collection[str]) -> bool:
    if isinstance(audience, str):
        return audience in taken
    return (
        isinstance(audience, list)
        and all(isinstance(each, str) for each in audience)
        and any(each in taken for each in audience)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
