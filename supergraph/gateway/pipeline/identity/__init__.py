"""Who asks: tokens of several issuers, API keys, and what was revoked. The tenant comes from the credential alone."""

from supergraph.gateway.hooks import KeySource, KeysUnavailableError
from supergraph.gateway.pipeline.identity.api_key_stores import ApiKeyFile, GivenApiKeys
from supergraph.gateway.pipeline.identity.building import (
    IdentitySettingsError,
    build_identity,
    share_revocations,
)
from supergraph.gateway.pipeline.identity.claims import ClaimRules, read_claim_path
from supergraph.gateway.pipeline.identity.credentials import read_credential
from supergraph.gateway.pipeline.identity.identification import Identity
from supergraph.gateway.pipeline.identity.key_sets import ASYMMETRIC_ALGORITHMS, LocalKeys
from supergraph.gateway.pipeline.identity.refusals import EXPIRED
from supergraph.gateway.pipeline.identity.remote_keys import RemoteKeys, discovered_at
from supergraph.gateway.pipeline.identity.tokens import TokenRules, TrustedIssuer
from supergraph.gateway.pipeline.identity.watching import while_allowed
from supergraph.spec import NOBODY, Caller

__all__ = [
    "ASYMMETRIC_ALGORITHMS",
    "EXPIRED",
    "NOBODY",
    "ApiKeyFile",
    "Caller",
    "ClaimRules",
    "GivenApiKeys",
    "Identity",
    "IdentitySettingsError",
    "KeySource",
    "KeysUnavailableError",
    "LocalKeys",
    "RemoteKeys",
    "TokenRules",
    "TrustedIssuer",
    "build_identity",
    "discovered_at",
    "read_claim_path",
    "read_credential",
    "share_revocations",
    "while_allowed",
]
