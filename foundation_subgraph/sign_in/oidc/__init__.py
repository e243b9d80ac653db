"""Signing in by OpenID providers: authorization code with PKCE, through Authlib."""

from foundation_subgraph.sign_in.oidc.provider import Provider, Response
from foundation_subgraph.sign_in.oidc.service import CameBack, OidcSignIn, SentAway
from foundation_subgraph.sign_in.oidc.settings import (
    OidcProvider,
    OidcSettings,
    SecondFactor,
    UnknownPeople,
    read_oidc_settings,
)
from foundation_subgraph.sign_in.oidc.visits import COOKIE_LIFETIME, trip_of

__all__ = [
    "COOKIE_LIFETIME",
    "CameBack",
    "OidcProvider",
    "OidcSettings",
    "OidcSignIn",
    "Provider",
    "Response",
    "SecondFactor",
    "SentAway",
    "UnknownPeople",
    "read_oidc_settings",
    "trip_of",
]
