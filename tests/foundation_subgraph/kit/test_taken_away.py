"""E6 and E7: what keeps migrations within tenants, and strangers' tenants out, taken away by its name: its proof fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from foundation_subgraph.kit import migrations
from foundation_subgraph.kit.asgi import SubgraphApp
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from supergraph.spec import PrincipalVerifier
from supergraph.spec.principal import read_principal_claims
from tests.foundation_subgraph.kit import test_asgi as asking
from tests.foundation_subgraph.kit import test_migrations as migrating
from tests.taking_away import assert_notices, take_away


@pytest.mark.parametrize("function", [migrations.enable_tenant_isolation, migrations.across_tenants])
async def test_a_migration_that_policies_do_not_bind_is_noticed(
    altered_database: ThrowAwayDatabase,
    tmp_path: Path,
    function: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither does it get as far as a commit: the look into the catalogue is taken away as well."""
    take_away(monkeypatch, migrations._check_isolation, "if faults:", "if False:")
    take_away(monkeypatch, function, 'op.execute(f"ALTER TABLE {named} FORCE ROW LEVEL SECURITY")')
    await assert_notices(
        migrating.test_a_migration_reaches_rows_of_tenants_where_it_says_so_and_nowhere_else(
            altered_database, tmp_path
        )
    )


VERIFIED: dict[str, tuple[Callable[..., object], str, str, str]] = {
    "signature": (
        PrincipalVerifier._read,
        'options={"require": ["iss", "aud", "iat", "exp"]}',
        'options={"verify_signature": False}',
        "another key under our key's id",
    ),
    "audience": (
        PrincipalVerifier._read,
        'options={"require": ["iss", "aud", "iat", "exp"]}',
        'options={"require": ["iss", "aud", "iat", "exp"], "verify_aud": False}',
        "for another subgraph",
    ),
    "issuer": (PrincipalVerifier._read, "issuer=_ISSUER,", "", "a client's token"),
    "lifetime": (
        PrincipalVerifier._read,
        'claims["exp"] - claims["iat"] > _LONGEST_LIFETIME',
        "False",
        "for a day",
    ),
    "type of the tenant": (
        read_principal_claims,
        "and isinstance(tenant, str | None)",
        "",
        "a tenant that is none",
    ),
}


@pytest.mark.parametrize("protection", VERIFIED)
async def test_a_principal_that_is_believed_without_its_proof_is_noticed(
    protection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, piece, instead, forgery = VERIFIED[protection]
    take_away(monkeypatch, function, piece, instead)
    # What is wrongly believed here is remembered by nobody.
    monkeypatch.setattr(asking.VERIFIER, "_known", {})
    await assert_notices(asking.test_a_principal_that_the_gateway_did_not_sign_is_refused_with_401(forgery))


async def test_a_principal_that_is_one_of_two_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(monkeypatch, SubgraphApp._principal, " or len(signed) > 1")
    await assert_notices(asking.test_two_principals_at_once_are_refused_whoever_signed_them())
