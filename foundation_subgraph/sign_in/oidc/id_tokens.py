"""ID tokens: who somebody is, once everything about the token has been checked. OpenID Connect Core, section 3.1.3.7."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sign_in.oidc.settings import OidcProvider
from foundation_subgraph.users.service import normalize_email

LEEWAY_SECONDS: Final = 60  # for clocks that differ
_LONGEST_SUBJECT: Final = 255
_LONGEST_NAME: Final = 200


class InvalidIdTokenError(Exception):
    """A token that proves nothing. The message is for the log: it names a claim, and holds nothing of the token."""


class UnfitKeysError(InvalidIdTokenError):
    """No key that is known fits: perhaps the issuer has others by now."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider has signed in. `email` is there only where the provider says that it is verified."""

    issuer: str
    subject: str
    email: str | None
    name: str


def check_id_token(
    token: str, keys: KeySet, provider: OidcProvider, *, nonce: str, access_token: str, now: float
) -> Mapping[str, Any]:
    """The claims of a token of this provider's, for us, in force, and made for the visit with this nonce.

    Raises InvalidIdTokenError; UnfitKeysError where other keys might still fit.
    """
    try:
        # The algorithms are ours to choose, never the token's or the provider's document's.
        registry = JWSRegistry(algorithms=provider.algorithms, strict_check_header=False)
        read = jwt.decode(token, keys, registry=registry)
        claims = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            {"nonce": nonce, "client_id": provider.client_id, "access_token": access_token},
        )
        claims.validate(now=int(now), leeway=LEEWAY_SECONDS)
    except (InvalidKeyIdError, BadSignatureError) as error:
        raise UnfitKeysError(type(error).__name__) from error
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidIdTokenError(_reason(error)) from error
    return dict(claims)


def read_identity(provider: OidcProvider, claims: Mapping[str, Any], person: Mapping[str, Any]) -> Identity:
    """Who the claims are about. `person` holds e-mail and name: the same claims, or what the provider tells elsewhere.

    Raises InvalidIdTokenError.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not _is_plain(subject):
        raise InvalidIdTokenError("sub")
    if person.get("sub") != subject:  # or an answer about somebody else would be taken for theirs
        raise InvalidIdTokenError("sub of the user info")
    name = person.get("name")
    return Identity(provider.issuer, subject, _verified_email(person), name if isinstance(name, str) else "")


def shown_name(name: str, email: str) -> str:
    """A name fit for our tables, of one that somebody else has written."""
    kept = "".join(letter for letter in name if letter.isprintable()).strip()[:_LONGEST_NAME].strip()
    return kept or email.partition("@")[0]


def _verified_email(person: Mapping[str, Any]) -> str | None:
    """Verified is what is called so by `true`: a text or a number is somebody's mistake, and opens nothing."""
    email = person.get("email")
    if person.get("email_verified") is not True or not isinstance(email, str) or not email.isprintable():
        return None
    try:
        return normalize_email(email)
    except Refusal:
        return None


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _reason(error: Exception) -> str:
    claim = getattr(error, "claim", None)
    return f"{type(error).__name__} {claim}" if isinstance(claim, str) else type(error).__name__
