"""Each protection of signing in, taken away by its name: its proof fails."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from foundation_subgraph.sign_in import SignIn
from foundation_subgraph.sign_in import service as sign_in
from foundation_subgraph.sign_in.oidc import id_tokens, return_addresses, visits
from foundation_subgraph.sign_in.oidc.provider import Provider
from tests.foundation_subgraph.sign_in import test_endpoints as signing_in
from tests.foundation_subgraph.sign_in import test_oidc_endpoints as visiting
from tests.foundation_subgraph.sign_in.door import Door
from tests.foundation_subgraph.sign_in.oidc import test_provider as providers
from tests.foundation_subgraph.sign_in.oidc import test_return_addresses as returning
from tests.foundation_subgraph.sign_in.oidc import test_service as people
from tests.foundation_subgraph.sign_in.visitor import Visitor
from tests.taking_away import assert_notices, take_away

Proof = Callable[[Visitor], Awaitable[None]]


def lie(told: str) -> Proof:
    return lambda visitor: providers.test_an_id_token_that_is_not_for_this_visit_opens_nothing(
        visitor, providers.LIES[told]
    )


TAKEN: dict[str, tuple[Callable[..., Any], str, str, Proof]] = {
    "nonce": (id_tokens.check_id_token, '{"nonce": nonce, ', "{", lie("another nonce")),
    "audience": (
        id_tokens.check_id_token,
        '"aud": {"essential": True, "value": provider.client_id},',
        "",
        lie("another audience, and we the authorized party"),
    ),
    "authorized party": (
        id_tokens.check_id_token,
        '"client_id": provider.client_id, ',
        "",
        lie("another authorized party"),
    ),
    "issuer": (
        id_tokens.check_id_token,
        '"iss": {"essential": True, "value": provider.issuer},',
        "",
        lie("another issuer"),
    ),
    "hash of the access token": (
        id_tokens.check_id_token,
        ', "access_token": access_token}',
        "}",
        lie("the hash of another access token"),
    ),
    "expiry of the state": (
        visits.end_visit,
        "ProviderVisitRow.expires_at > datetime.now(UTC),",
        "",
        visiting.test_who_takes_too_long_begins_again,
    ),
    "expiry of the ticket": (
        visits.find_ticket,
        "SignInTicketRow.expires_at > datetime.now(UTC),",
        "",
        visiting.test_who_takes_too_long_begins_again,
    ),
    "browser of the state": (
        visits.end_visit,
        "ProviderVisitRow.browser_hash == _hash(browser),",
        "",
        visiting.test_a_state_counts_in_the_browser_that_began_and_once,
    ),
    "browser of the ticket": (
        visits.find_ticket,
        "SignInTicketRow.browser_hash == _hash(browser),",
        "",
        visiting.test_a_ticket_counts_in_the_browser_that_began_and_once,
    ),
    "provider of the state": (
        visits.end_visit,
        "ProviderVisitRow.provider == provider,",
        "",
        visiting.test_a_state_counts_at_its_own_provider_alone,
    ),
    "verifier of the visit": (
        visits._question,
        '_derived(browser, state, "verifier")',
        '_derived("", "", "verifier")',
        providers.test_a_code_counts_once_and_only_with_the_verifier_of_its_visit,
    ),
    "issuer of the answer": (
        Provider.identify,
        "if response.issuer != self.settings.issuer and",
        "if False and",
        providers.test_an_answer_in_another_issuers_name_is_shown_to_neither,
    ),
    "reach of the provider": (
        SignIn.tenants_within_reach,
        "known is not None and known.reaches(one.slug)",
        "True",
        people.test_a_session_by_a_provider_reaches_no_tenant_that_the_provider_does_not,
    ),
    "word that the address is verified": (
        id_tokens._verified_email,
        'person.get("email_verified") is not True or ',
        "",
        people.test_an_address_that_is_not_verified_finds_no_account,
    ),
}


@providers.LINKING
@pytest.mark.parametrize("protection", TAKEN)
async def test_a_protection_of_providers_that_is_taken_away_is_noticed(
    visitor: Visitor, protection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, piece, instead, proof = TAKEN[protection]
    take_away(monkeypatch, function, piece, instead)
    await assert_notices(proof(visitor))


@providers.PUBLIC
async def test_where_the_verifier_alone_protects_a_code_its_absence_is_noticed(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(
        monkeypatch, visits._question, '_derived(browser, state, "verifier")', '_derived("", "", "verifier")'
    )
    await assert_notices(
        providers.test_without_a_clients_secret_the_verifier_alone_protects_the_code(visitor)
    )


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", "/\n/evil.example"])
def test_of_two_guards_of_return_addresses_each_holds_alone(
    wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What begins like a path of ours, and where it leads once it is put together, are looked at separately."""
    with monkeypatch.context() as without_the_second:
        take_away(
            without_the_second,
            return_addresses.safe_return_address,
            "(there.scheme, there.netloc) != (own.scheme, own.netloc)",
            "False",
        )
        returning.test_nothing_else_is(wanted)
    take_away(monkeypatch, return_addresses.safe_return_address, "not _is_plain_path(wanted)", "False")
    returning.test_nothing_else_is(wanted)


async def test_a_tenant_that_is_not_ones_own_is_noticed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """E7: which tenants a token can be for is what memberships say."""
    take_away(monkeypatch, sign_in._memberships, "MembershipRow.user_id == user, ")
    await assert_notices(signing_in.test_a_tenant_one_does_not_belong_to_stays_closed(door))
