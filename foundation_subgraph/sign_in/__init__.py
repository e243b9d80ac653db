"""Signing in: passwords, tokens, keys. The issuer that the gateway trusts."""

from foundation_subgraph.sign_in.accounts import Account
from foundation_subgraph.sign_in.endpoints import build_sign_in_router
from foundation_subgraph.sign_in.keys import (
    SigningKey,
    UnusableKeyError,
    load_or_create_key,
    read_public_key,
    write_public_key,
)
from foundation_subgraph.sign_in.oidc import (
    OidcSettings,
    OidcSignIn,
    Provider,
    read_oidc_settings,
)
from foundation_subgraph.sign_in.password_changes import PasswordChanges
from foundation_subgraph.sign_in.passwords import PasswordCost, Passwords
from foundation_subgraph.sign_in.sealing import Seal, load_or_create_seal
from foundation_subgraph.sign_in.second_factors import SecondFactors
from foundation_subgraph.sign_in.service import SignIn
from foundation_subgraph.sign_in.tokens import InvalidTokenError, IssuedToken, TokenIssuer

__all__ = [
    "Account",
    "InvalidTokenError",
    "IssuedToken",
    "OidcSettings",
    "OidcSignIn",
    "PasswordChanges",
    "PasswordCost",
    "Passwords",
    "Provider",
    "Seal",
    "SecondFactors",
    "SignIn",
    "SigningKey",
    "TokenIssuer",
    "UnusableKeyError",
    "build_sign_in_router",
    "load_or_create_key",
    "load_or_create_seal",
    "read_oidc_settings",
    "read_public_key",
    "write_public_key",
]
