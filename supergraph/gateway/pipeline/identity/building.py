"""Settings -> Identity."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from supergraph.gateway.hooks import ApiKeyStore, KeySource, Revocations
from supergraph.gateway.pipeline.identity.api_key_stores import ApiKeyFile, GivenApiKeys
from supergraph.gateway.pipeline.identity.claims import ClaimRules, read_claim_path
from supergraph.gateway.pipeline.identity.identification import Identity
from supergraph.gateway.pipeline.identity.key_sets import ASYMMETRIC_ALGORITHMS, LocalKeys
from supergraph.gateway.pipeline.identity.remote_keys import RemoteKeys, discovered_at
from supergraph.gateway.pipeline.identity.tokens import TokenRules, TrustedIssuer
from supergraph.gateway.settings import (
    ApiKeysSettings,
    IdentitySettings,
    IssuerSettings,
    SharedRevocationSettings,
)
from supergraph.spec import ErrandVerifier, RevocationList

if TYPE_CHECKING:
    from supergraph.gateway.hooks.builtin.redis_revocations import RedisRevocations  # an extra


class IdentitySettingsError(ValueError):
    """Settings under which nobody could be told from somebody else. The message is one line: what, and how to mend it."""


def build_identity(
    settings: IdentitySettings,
    *,
    issuers: Sequence[TrustedIssuer] = (),
    api_keys: ApiKeyStore | None = None,
    revocations: Sequence[Revocations] = (),
    errands: ErrandVerifier | None = None,
) -> Identity | None:
    """What the settings say, beside `issuers` given otherwise; None where nobody's word is to be taken.

    `api_keys` is a store of the installation's own, and takes the place of the built-in one. `errands` reads what
    subgraphs are lent that ask here in turn. Raises IdentitySettingsError.
    """
    trusted = [*issuers, *(_trusted_issuer(each) for each in settings.issuers)]
    unbound = [each for each in settings.issuers if each.tenant is None and each.tenants is None]
    if len(trusted) > 1 and unbound:
        raise IdentitySettingsError(
            f"identity: which tenants may {unbound[0].issuer} speak for? With several issuers each says it: "
            "`tenant`, `tenants`, or `tenants: '*'` for the one that may speak for all"
        )
    store = api_keys or _built_in_store(settings.api_keys)
    if not trusted and store is None and not settings.require:
        return None
    try:
        return Identity(
            trusted,
            api_keys=store,
            revocations=revocations,
            require=settings.require,
            key_seconds=settings.api_keys.cache_seconds,
            review_seconds=settings.review_seconds,
            errands=errands,
        )
    except ValueError as error:
        raise IdentitySettingsError(f"identity: {error}") from error


def share_revocations(
    settings: SharedRevocationSettings, given: Sequence[Revocations]
) -> "RedisRevocations | None":
    """What other gateways took back, who are told in turn what the lists among `given` do; None where none is shared.

    Raises UnreadableSecretError, IdentitySettingsError.
    """
    if settings.redis is None:
        return None
    address = settings.redis.read()
    try:
        from supergraph.gateway.hooks.builtin.redis_revocations import RedisRevocations  # noqa: PLC0415 - an extra

        return RedisRevocations(
            address,
            [each for each in given if isinstance(each, RevocationList)],
            seconds=settings.redis_timeout_seconds,
            keep_seconds=settings.keep_seconds,
            entries=settings.entries,
        )
    except ImportError as error:
        raise IdentitySettingsError(
            "identity.revocations.redis: install the extra dovetail[redis]"
        ) from error
    except ValueError as error:
        # The address may hold a password, so it is not repeated.
        raise IdentitySettingsError(
            "identity.revocations.redis: the address must be like redis://host:6379/0"
        ) from error


def _trusted_issuer(settings: IssuerSettings) -> TrustedIssuer:
    try:
        rules = TokenRules(
            settings.issuer,
            settings.audiences,
            settings.algorithms or ASYMMETRIC_ALGORITHMS,
            settings.leeway_seconds,
            settings.types,
            read_claim_path(settings.audience_claim),
            _claim_rules(settings),
        )
        return TrustedIssuer(_keys(settings), rules)
    except ValueError as error:
        raise IdentitySettingsError(f"identity.issuers: {settings.issuer}: {error}") from error


def _claim_rules(settings: IssuerSettings) -> ClaimRules:
    claims, tenants = settings.claims, settings.tenants
    return ClaimRules(
        subject=read_claim_path(claims.subject),
        tenant=read_claim_path(claims.tenant),
        scopes=tuple(read_claim_path(each) for each in claims.scopes),
        granted={read_claim_path(path): dict(values) for path, values in claims.granted.items()},
        fixed_tenant=settings.tenant,
        tenants=tenants if isinstance(tenants, frozenset) else None,
        grantable=settings.grantable_scopes,
        subject_prefix=settings.subject_prefix,
    )


def _keys(settings: IssuerSettings) -> KeySource:
    if settings.jwks_file is not None:
        try:
            return LocalKeys(orjson.loads(settings.jwks_file.read_bytes()))
        except OSError as error:
            raise ValueError(f"{settings.jwks_file} cannot be read: {error.strerror}") from error
    return RemoteKeys(settings.jwks_url or discovered_at(settings.issuer))


def _built_in_store(settings: ApiKeysSettings) -> ApiKeyStore | None:
    given = [each.stored() for each in settings.keys]
    try:
        if settings.file is not None:
            return ApiKeyFile(settings.file, given)
        return GivenApiKeys(given) if given else None
    except ValueError as error:
        raise IdentitySettingsError(f"identity.api_keys: {error}") from error
