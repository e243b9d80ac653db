"""Signing in by OpenID providers: authorization code with PKCE, through Authlib."""

from foundation_subgraph.sign_in.oidc.provider import Provider, Response
from foundation_subgraph.sign_in.oidc.service import CameBack, OidcSignIn, SentAway
from foundation_subgraph.sign_in.oidc.settings import (
    ClientSecret,
    OidcProvider,
    OidcSettings,
    OidcSettingsError,
    SecondFactor,
    UnknownPeople,
    read_oidc_settings,
)
from foundation_subgraph.sign_in.oidc.visits import COOKIE_LIFETIME, trip_of

__all__ = [
    "COOKIE_LIFETIME",
    "CameBack",
    "ClientSecret",
    "OidcProvider",
    "OidcSettings",
    "OidcSettingsError",
    "OidcSignIn",
    "Provider",
    "Response",
    "SecondFactor",
    "SentAway",
    "UnknownPeople",
    "read_oidc_settings",
    "trip_of",
]
