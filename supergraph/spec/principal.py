"""Who asks, for which tenant: the signed header that travels from gateway to subgraph."""

import time
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


class InvalidPrincipalError(Exception):
    """A principal header that is missing, forged, expired or not of our form. The message is safe to show."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `subject` is a user's or a service account's id, `tenant` the active tenant's id."""

    subject: str | None = None
    tenant: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_authenticated(self) -> bool:
        """Somebody signed in. Having a tenant or scopes without a subject does not count."""
        return self.subject is not None


ANONYMOUS: Final = Principal()


@dataclass(frozen=True, slots=True)
class PrincipalSigner:
    """Signs principals with the gateway's own key. A header lives `lifetime` seconds: one request, not a session."""

    key: Ed25519PrivateKey
    lifetime: int = 30

    def sign(self, principal: Principal) -> str:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": _ISSUER,
            "iat": now,
            "exp": now + self.lifetime,
            "scope": " ".join(sorted(principal.scopes)),
        }
        if principal.subject is not None:
            claims["sub"] = principal.subject
        if principal.tenant is not None:
            claims["tenant"] = principal.tenant
        return jwt.encode(claims, self.key, algorithm=_ALGORITHM)


@dataclass(frozen=True, slots=True)
class PrincipalVerifier:
    """Reads principals that the gateway signed; it holds the public half of the key alone, so it can forge none."""

    key: Ed25519PublicKey

    def verify(self, header: str) -> Principal:
        """The principal of the header's text. Raises InvalidPrincipalError."""
        try:
            claims = jwt.decode(
                header,
                self.key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                leeway=_LEEWAY,
                options={"require": ["iss", "iat", "exp"]},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidPrincipalError(f"the header {PRINCIPAL_HEADER} is not valid: {error}") from error
        subject, tenant, scope = claims.get("sub"), claims.get("tenant"), claims.get("scope", "")
        if not (
            isinstance(subject, str | None) and isinstance(tenant, str | None) and isinstance(scope, str)
        ):
            raise InvalidPrincipalError(f"the header {PRINCIPAL_HEADER} has a claim of the wrong type")
        return Principal(subject, tenant, frozenset(scope.split()))
