"""Each protection of API keys, taken away by its name: its proof fails."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from foundation_subgraph.service_accounts import service
from foundation_subgraph.service_accounts.store import ApiKeys
from supergraph.spec import StoredApiKey
from tests.foundation_subgraph.service_accounts import test_api_keys as keys
from tests.foundation_subgraph.sign_in.door import Door
from tests.taking_away import assert_notices, take_away

TAKEN: dict[str, tuple[Callable[..., Any], str, str, Callable[[Door], Awaitable[None]]]] = {
    "revocation": (
        ApiKeys.find_api_key,
        "ApiKeyRow.revoked_at.is_(None),",
        "",
        keys.test_a_revoked_key_is_found_no_more_and_stays_in_the_list,
    ),
    "suspension of the tenant": (
        ApiKeys.find_api_key,
        "TenantRow.status == TenantStatus.ACTIVE,",
        "",
        keys.test_a_tenant_that_is_suspended_has_no_keys_until_it_is_active_again,
    ),
    "retirement of permissions": (
        service.in_force,
        "among(PermissionRow.id, scopes), PermissionRow.retired_at.is_(None)",
        "among(PermissionRow.id, scopes)",
        keys.test_a_permission_that_was_retired_falls_away_and_comes_back,
    ),
    "bounds of what is handed on": (
        service.create_api_key,
        "if scope not in held",
        "if False",
        keys.test_nobody_hands_on_what_they_may_not_do,
    ),
    "end of a key": (
        service.create_api_key,
        "if not 0 < days <= MOST_DAYS:",
        "if False:",
        lambda door: keys.test_a_key_that_makes_no_sense_is_refused(door, {"days": 367}, "BAD_USER_INPUT"),
    ),
    "secret of a key": (
        StoredApiKey.matches,
        "hmac.compare_digest(key.digest(), self.digest)",
        "True",
        keys.test_a_key_with_another_secret_is_none,
    ),
}


@pytest.mark.parametrize("protection", TAKEN)
async def test_a_protection_of_keys_that_is_taken_away_is_noticed(
    door: Door, protection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, piece, instead, proof = TAKEN[protection]
    take_away(monkeypatch, function, piece, instead)
    await assert_notices(proof(door))
