"""Who asks, for which tenant: the signed header that travels from gateway to subgraph."""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRINCIPAL_HEADER: Final = "dovetail-principal"
PRINCIPAL_SCOPE_KEY: Final = "dovetail.principal"
"""Key of the ASGI scope under which a caller in the same process hands over a `Principal`, unsigned.

Nothing that arrives over a socket can set a key of the scope, so it needs no signature."""

_ISSUER: Final = "dovetail-gateway"
_ALGORITHM: Final = "EdDSA"
_LEEWAY: Final = 5
"""Seconds that the clocks of gateway and subgraph may differ."""
_LONGEST_LIFETIME: Final = 120
"""Seconds. A header that claims to hold for longer is not one that a gateway makes for a request."""
_REMEMBERED: Final = 1024


class InvalidPrincipalError(Exception):
    """A principal header that is missing, forged, expired or not of our form. The message is safe to show."""


@dataclass(frozen=True, slots=True)
class Errand:
    """That modules ask on behalf of the principal. `modules` are those that do, the first to ask first.

    `until` is in seconds since the epoch: what the first of them was asked in, and all that follows from it, ends then.
    """

    modules: tuple[str, ...]
    until: int


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `subject` is a user's or a service account's id, `tenant` the active tenant's id.

    `session` is the id of the session that the credential belongs to, where it names one: a gateway that knows of none
    says nothing of it, and no rule looks at it. On an `errand` it is a module that asks, with the principal's rights.
    """

    subject: str | None = None
    tenant: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    session: str | None = None
    errand: Errand | None = None

    @property
    def is_authenticated(self) -> bool:
        """Somebody signed in. Having a tenant or scopes without a subject does not count."""
        return self.subject is not None


ANONYMOUS: Final = Principal()


def principal_key_id(key: Ed25519PublicKey) -> str:
    """The `kid` of a gateway's key: made from the key, so that another key always has another."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PrincipalSigner:
    """Signs principals with the gateway's own key. A header lives `lifetime` seconds: one request, not a session."""

    key: Ed25519PrivateKey
    lifetime: int = 30
    key_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key_id", principal_key_id(self.key.public_key()))

    def sign(self, principal: Principal, *subgraphs: str) -> str:
        """A header's value, which the named subgraphs take and no other does."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": _ISSUER,
            "aud": list(subgraphs),
            "iat": now,
            "exp": now + self.lifetime,
            **principal_claims(principal),
        }
        return jwt.encode(claims, self.key, algorithm=_ALGORITHM, headers={"kid": self.key_id})


class PrincipalVerifier:
    """Reads principals that a gateway signed for one subgraph.

    It holds public keys alone, so it can forge none; several, so that the gateway's key can be replaced: first every
    subgraph learns the new one, then the gateway signs with it, then the old one is forgotten. A header that held is
    remembered until it ends, since a gateway uses it for several requests.
    """

    __slots__ = ("_keys", "_known", "_subgraph")

    def __init__(self, keys: Iterable[Ed25519PublicKey], subgraph: str) -> None:
        self._keys = {principal_key_id(key): key for key in keys}
        self._subgraph = subgraph
        self._known: dict[str, tuple[Principal, float]] = {}

    def verify(self, header: str) -> Principal:
        """The principal of the header's text. Raises InvalidPrincipalError."""
        known = self._known.get(header)
        if known is not None and time.time() < known[1]:
            return known[0]
        try:
            principal, ends = self._read(header)
        except (jwt.InvalidTokenError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidPrincipalError(f"the header {PRINCIPAL_HEADER} is not valid: {error}") from error
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[header] = (principal, ends)
        return principal

    def _read(self, header: str) -> tuple[Principal, float]:
        """The principal, and until when it holds. Raises what PyJWT raises, and InvalidPrincipalError."""
        key = self._keys.get(jwt.get_unverified_header(header).get("kid", ""))
        if key is None:
            raise InvalidPrincipalError(
                f"the header {PRINCIPAL_HEADER} is not signed with a key that is known here"
            )
        claims = jwt.decode(
            header,
            key,
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            audience=self._subgraph,
            leeway=_LEEWAY,
            options={"require": ["iss", "aud", "iat", "exp"]},
        )
        if claims["exp"] - claims["iat"] > _LONGEST_LIFETIME:
            raise InvalidPrincipalError(f"the header {PRINCIPAL_HEADER} holds for longer than it may")
        principal = read_principal_claims(claims)
        if principal is None:
            raise InvalidPrincipalError(f"the header {PRINCIPAL_HEADER} has a claim of the wrong type")
        return principal, claims["exp"] + _LEEWAY


def principal_claims(principal: Principal) -> dict[str, object]:
    """What a token of ours says of a principal."""
    # A list, since a scope may have a space in it and must not arrive as two.
    claims: dict[str, object] = {"scopes": sorted(principal.scopes)}
    if principal.subject is not None:
        claims["sub"] = principal.subject
    if principal.tenant is not None:
        claims["tenant"] = principal.tenant
    if principal.session is not None:
        claims["sid"] = principal.session
    if principal.errand is not None:
        claims["errand"] = {"modules": list(principal.errand.modules), "until": principal.errand.until}
    return claims


def read_principal_claims(claims: Mapping[str, object]) -> Principal | None:
    """What such claims say; None where one is not of its type."""
    match claims.get("errand"):
        case None:
            errand = None
        case {"modules": [str(), *_] as modules, "until": int(until)} if _are_texts(modules):
            errand = Errand(tuple(modules), until)
        case _:
            return None
    subject, tenant, scopes = claims.get("sub"), claims.get("tenant"), claims.get("scopes")
    session = claims.get("sid")
    if not (
        isinstance(subject, str | None)
        and isinstance(tenant, str | None)
        and isinstance(session, str | None)
        and isinstance(scopes, list)
        and _are_texts(scopes)
    ):
        return None
    return Principal(subject, tenant, frozenset(scopes), session, errand)


def _are_texts(values: Sequence[object]) -> bool:
    return all(isinstance(each, str) for each in values)
