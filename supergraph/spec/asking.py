"""How a module asks the gateway on behalf of its caller: what it is lent for that, and by which way it comes in.

Whoever is asked by the gateway, and has declared operations, is lent a token with the request: it names the caller, with
all rights and none beside, and the module. It is taken at the gateway's own door alone, for what that module declared.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from supergraph.spec.principal import (
    Errand,
    InvalidPrincipalError,
    Principal,
    principal_claims,
    principal_key_id,
    read_principal_claims,
)

ERRAND_HEADER: Final = "dovetail-errand"
"""From the gateway to a module: the token that it is lent."""
ERRAND_SCHEME: Final = "Dovetail-Errand"
"""Back to the gateway: `authorization: Dovetail-Errand <token>`."""
GATEWAY_SCOPE_KEY: Final = "dovetail.gateway"
"""Key of the ASGI scope under which a gateway in the same process hands over its `GatewayDoor`."""

# Neither is what a principal's header has, so that none of the two is ever taken for the other.
_ISSUER: Final = "dovetail-errands"
_AUDIENCE: Final = "dovetail-gateway"
_TYPE: Final = "dovetail-errand+jwt"
_ALGORITHM: Final = "EdDSA"


class GatewayUnreachableError(Exception):
    """The gateway gave no answer. The message says why, in one line."""


class GatewayDoor(Protocol):
    """The gateway, as a module comes to it: in the same process, or by its address."""

    async def __call__(self, body: bytes, headers: Sequence[tuple[bytes, bytes]], /) -> tuple[int, bytes]:
        """Status and body of the answer to one request over HTTP. Raises GatewayUnreachableError."""
        ...


@dataclass(frozen=True, slots=True)
class ErrandSigner:
    """Signs what modules are lent. It holds `lifetime` seconds, and never longer than the errand it is part of."""

    key: Ed25519PrivateKey
    lifetime: int = 30

    def sign(self, principal: Principal, module: str) -> str:
        """A token by which `module` asks on behalf of the principal, who may be on an errand of other modules."""
        now = int(time.time())
        errand, until = principal.errand, now + self.lifetime
        if errand is None:
            errand = Errand((module,), until)
        else:
            errand = Errand((*errand.modules, module), min(errand.until, until))
        claims = {"iss": _ISSUER, "aud": _AUDIENCE, "iat": now, "exp": errand.until}
        return jwt.encode(
            claims | principal_claims(replace(principal, errand=errand)),
            self.key,
            algorithm=_ALGORITHM,
            headers={"kid": principal_key_id(self.key.public_key()), "typ": _TYPE},
        )


@dataclass(frozen=True, slots=True)
class ErrandVerifier:
    """Reads what the gateway itself has lent. `depth` is how many modules may stand in one errand."""

    key: Ed25519PublicKey
    depth: int = 3

    def verify(self, token: str) -> tuple[Principal, float]:
        """Who is asked for, and when the token was signed. It holds until its errand ends. Raises InvalidPrincipalError."""
        try:
            if jwt.get_unverified_header(token).get("typ") != _TYPE:
                raise InvalidPrincipalError("the token is not one that a module is lent")
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": ["iss", "aud", "iat", "exp"]},
            )
        except (jwt.InvalidTokenError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidPrincipalError("what a module was lent is not valid, or no longer") from error
        principal = read_principal_claims(claims)
        errand = None if principal is None else principal.errand
        if principal is None or errand is None or errand.until != claims["exp"]:
            raise InvalidPrincipalError("what a module was lent has a claim of the wrong type")
        modules = errand.modules
        if len(modules) > self.depth or len(set(modules)) < len(modules):
            raise InvalidPrincipalError("modules ask each other without end")
        return principal, float(claims["iat"])
