"""Tokens: what a client shows to the gateway.

A JWT signed with Ed25519 (`alg` EdDSA, `kid` of a key in `/sign-in/jwks.json`), with the claims

- `iss`, `aud`: who issued it and for whom, as configured (both `dovetail` unless told otherwise)
- `sub`: the user's id
- `tenant`: the active tenant's id; `tenant_slug`: its short name, for display only
- `scope`: ids of the user's permissions in that tenant, separated by spaces
- `sid`: the session's id; when that ends, the token does
- `iat`, `exp`, `jti`: when issued, when it ends, and its own id

A gateway reads `sub`, `tenant` and `scope`, after it has checked signature, `iss`, `aud` and `exp`. Permissions are those
of the moment it was made: a revoked role ends with the token, hence the short life.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import jwt

from foundation_subgraph.sign_in.keys import SigningKey

_ALGORITHM: Final = "EdDSA"


class InvalidTokenError(Exception):
    """A token that is forged, expired or for somebody else. The message is safe to show."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReadToken:
    """Whose a token of ours is."""

    user: UUID
    tenant: UUID
    session: UUID


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Issues tokens with one key; `lifetime` in seconds."""

    key: SigningKey
    issuer: str = "dovetail"
    audience: str = "dovetail"
    lifetime: int = 900

    def issue(
        self, user: UUID, tenant: UUID, tenant_slug: str, scopes: Sequence[str], session: UUID
    ) -> IssuedToken:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(user),
            "tenant": str(tenant),
            "tenant_slug": tenant_slug,
            "scope": " ".join(sorted(scopes)),
            "sid": str(session),
            "iat": now,
            "exp": now + self.lifetime,
            "jti": secrets.token_urlsafe(16),
        }
        text = jwt.encode(claims, self.key.private, algorithm=_ALGORITHM, headers={"kid": self.key.kid})
        return IssuedToken(text, datetime.fromtimestamp(claims["exp"], UTC))

    def read(self, token: str) -> ReadToken:
        """Whose a token is that we issued and that has not expired. Raises InvalidTokenError."""
        try:
            claims = jwt.decode(
                token,
                self.key.public,
                algorithms=[_ALGORITHM],
                issuer=self.issuer,
                audience=self.audience,
                options={"require": ["iss", "aud", "sub", "exp", "tenant", "sid"]},
            )
            return ReadToken(UUID(claims["sub"]), UUID(claims["tenant"]), UUID(claims["sid"]))
        except (jwt.InvalidTokenError, ValueError) as error:
            raise InvalidTokenError("The token is not valid: sign in again") from error

    @property
    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The document that lets others check our tokens. RFC 7517."""
        return {"keys": [self.key.jwk]}
