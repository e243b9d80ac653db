"""Who may come in by a provider, as whom, and how far: over HTTP, on a real database, with a provider that is one."""

import asyncio
import logging

import jwt
import pyotp
import pytest

from foundation_subgraph.seeding import DEMO_PASSWORD
from tests.foundation_subgraph.sign_in.door import ACME, GLOBEX
from tests.foundation_subgraph.sign_in.visitor import BOTH, NINA, OWNER, Visitor, code_of

INVITED = {"unknown_people": "invited"}
LINKING = {"link_by_email": True}


def settings(**given: object) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("visitor", [given], indirect=True, ids=["settings"])


async def link_owner(visitor: Visitor) -> str:
    """The demo owner's token; their account is linked to whoever is signed in at the provider."""
    token: str = (await visitor.door.enter("owner@acme.example")).json()["token"]
    ticket = (await visitor.visit())["ticket"]
    linked = await visitor.browser.post(
        "/sign-in/oidc/link",
        json={"ticket": ticket, "password": DEMO_PASSWORD},
        headers={"authorization": f"Bearer {token}"},
    )
    assert linked.status_code == 204, linked.text
    return token


async def test_who_is_not_known_is_refused_and_the_tenant_is_told(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    await visitor.door.invite("nina@x.example", ["clerk"])
    assert code_of(await visitor.enter()) == (403, "PERSON_UNKNOWN")
    [noted] = await visitor.door.audited("sign_in.refused")
    assert noted == {
        "actor": None,
        "target": "nina-1",
        "details": {"provider": "staff", "code": "PERSON_UNKNOWN"},
    }
    assert await visitor.door.audited("sign_in.refused", GLOBEX) == []
    assert await visitor.identities() == []


@settings(**INVITED)
async def test_an_invitation_to_a_verified_address_makes_a_member(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    invitation = await visitor.door.invite("nina@x.example", ["clerk"])
    entered = await visitor.enter(remember=True)
    assert entered.status_code == 200, entered.text
    answer = entered.json()
    assert answer["user"]["email"] == "nina@x.example"
    assert answer["tenant"]["slug"] == "acme"
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    assert claims["scope"] == "roles:read service_accounts:read users:read"
    assert (await visitor.door.accept(invitation, "a fine password")).status_code == 404
    user = answer["user"]["id"]
    [linked] = await visitor.door.audited("identity.linked")
    assert linked["target"] == linked["actor"] == user
    assert linked["details"] == {"provider": "staff", "issuer": visitor.provider.issuer, "by": "invitation"}
    [began] = [one for one in await visitor.door.audited("session.began") if one["target"] == user]
    assert began["details"]["provider"] == "staff"
    refreshed = await visitor.door.post("/refresh", {"refreshToken": answer["refreshToken"]})
    assert refreshed.status_code == 200
    assert (await visitor.enter()).json()["user"]["id"] == user, "known by now, without an invitation"


@settings(**INVITED)
@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_address_that_is_not_called_verified_opens_nothing(
    visitor: Visitor, verified: object
) -> None:
    visitor.provider.person = NINA | {"email_verified": verified}
    if verified is None:
        del visitor.provider.person["email_verified"]
    await visitor.door.invite("nina@x.example", ["clerk"])
    assert code_of(await visitor.enter()) == (403, "EMAIL_NOT_VERIFIED")


@settings(**INVITED)
async def test_who_is_invited_elsewhere_or_by_another_address_is_not_invited_here(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    await visitor.door.invite("nina@x.example", ["clerk"], "globex")
    await visitor.door.invite("nina.b@x.example", ["clerk"])
    assert code_of(await visitor.enter()) == (403, "PERSON_UNKNOWN")
    assert code_of(await visitor.enter(tenant="globex")) == (403, "PERSON_UNKNOWN")


@settings(**INVITED)
async def test_an_invitation_that_expired_is_none(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    await visitor.door.invite("nina@x.example", ["clerk"])
    await visitor.door.sql("UPDATE foundation.invitations SET expires_at = now() - interval '1 second'")
    assert code_of(await visitor.enter()) == (403, "PERSON_UNKNOWN")


async def test_an_address_alone_opens_no_account_that_has_a_password(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    assert code_of(await visitor.enter()) == (409, "ACCOUNT_EXISTS")
    assert await visitor.identities() == []


@settings(**INVITED, **LINKING)
async def test_an_account_of_other_tenants_is_one_that_nobody_has(visitor: Visitor) -> None:
    """Or whoever runs a provider could ask who has an account anywhere."""
    visitor.provider.person = OWNER | {"email": "owner@globex.example"}
    known = await visitor.enter()
    visitor.provider.person = OWNER | {"email": "nobody@globex.example"}
    unknown = await visitor.enter()
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())


@settings(**LINKING)
async def test_a_verified_address_finds_its_account_where_the_settings_say_so(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    entered = await visitor.enter()
    assert entered.json()["user"]["email"] == "owner@acme.example"
    assert [one["details"]["by"] for one in await visitor.door.audited("identity.linked")] == ["e-mail"]
    visitor.provider.person = OWNER | {"email": "somebody.else@x.example"}
    assert (await visitor.enter()).json()["user"] == entered.json()["user"], (
        "known by the subject from now on"
    )


@settings(**LINKING)
async def test_an_address_that_is_not_verified_finds_no_account(visitor: Visitor) -> None:
    visitor.provider.person = OWNER | {"email_verified": False}
    assert code_of(await visitor.enter()) == (403, "PERSON_UNKNOWN")


@settings(**LINKING)
async def test_an_address_that_changed_hands_does_not_make_two_people_one(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    assert (await visitor.enter()).status_code == 200
    visitor.provider.person = OWNER | {"sub": "owner-2"}
    assert code_of(await visitor.enter()) == (409, "IDENTITY_TAKEN")
    assert await visitor.identities() == [("owner-1", "owner@acme.example")]


@settings(**LINKING)
async def test_a_known_subject_with_somebody_elses_address_stays_who_it_is(visitor: Visitor) -> None:
    visitor.provider.person = BOTH
    mine = (await visitor.enter()).json()["user"]
    visitor.provider.person = BOTH | {"email": "owner@acme.example"}
    assert (await visitor.enter()).json()["user"] == mine


@settings(**LINKING)
async def test_a_session_by_a_provider_reaches_no_tenant_that_the_provider_does_not(visitor: Visitor) -> None:
    visitor.provider.person = BOTH
    ticket = (await visitor.visit())["ticket"]
    entered = (await visitor.finish(ticket, remember=True)).json()
    assert [one["slug"] for one in entered["tenants"]] == ["acme"]
    token = entered["token"]
    assert (await visitor.door.post("/switch", {"tenant": "globex"}, token)).status_code == 403
    switched = (await visitor.door.post("/switch", {"tenant": "acme"}, token)).json()
    assert (await visitor.door.post("/switch", {"tenant": "globex"}, switched["token"])).status_code == 403
    refreshed = (await visitor.door.post("/refresh", {"refreshToken": entered["refreshToken"]})).json()
    assert [one["slug"] for one in refreshed["tenants"]] == ["acme"]
    assert (await visitor.door.post("/switch", {"tenant": "globex"}, refreshed["token"])).status_code == 403
    by_password = (await visitor.door.enter("both@acme.example")).json()
    assert (await visitor.door.post("/switch", {"tenant": "globex"}, by_password["token"])).status_code == 200


@settings(**LINKING)
async def test_a_session_of_a_provider_that_was_taken_out_is_not_continued(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    entered = (await visitor.enter(remember=True)).json()
    reaches = visitor.door.sign_in.providers
    assert isinstance(reaches, dict)
    del reaches["staff"]
    assert (await visitor.door.post("/switch", {"tenant": "acme"}, entered["token"])).status_code == 403
    again = await visitor.door.post("/refresh", {"refreshToken": entered["refreshToken"]})
    assert code_of(again) == (401, "REFRESH_TOKEN_INVALID")


async def enrol(visitor: Visitor, email: str) -> pyotp.TOTP:
    token = (await visitor.door.enter(email)).json()["token"]
    made = (await visitor.door.post("/second-factor", {"password": DEMO_PASSWORD}, token)).json()
    totp = pyotp.TOTP(made["secret"])
    shown = totp.at(int(visitor.door.clock.now))
    assert (await visitor.door.post("/second-factor/confirm", {"code": shown}, token)).status_code == 200
    visitor.door.clock.now += 60
    return totp


@settings(**LINKING)
async def test_who_has_a_second_factor_here_shows_it_before_anything_is_linked(visitor: Visitor) -> None:
    totp = await enrol(visitor, "owner@acme.example")
    visitor.provider.person = OWNER
    ticket = (await visitor.visit())["ticket"]
    assert code_of(await visitor.finish(ticket)) == (401, "SECOND_FACTOR_REQUIRED")
    assert code_of(await visitor.finish(ticket, code="000000")) == (401, "SECOND_FACTOR_WRONG")
    assert await visitor.identities() == []
    entered = await visitor.finish(ticket, code=totp.at(int(visitor.door.clock.now)))
    assert entered.status_code == 200, entered.text


@settings(**LINKING, second_factor="provider")
async def test_a_second_factor_can_be_left_to_the_provider(visitor: Visitor) -> None:
    await enrol(visitor, "owner@acme.example")
    visitor.provider.person = OWNER
    assert (await visitor.enter()).status_code == 200
    assert code_of(await visitor.door.enter("owner@acme.example")) == (401, "SECOND_FACTOR_REQUIRED")


async def test_who_shows_their_password_links_and_unlinks(visitor: Visitor) -> None:
    visitor.provider.person = OWNER | {"email": "olga@elsewhere.example"}
    token = await link_owner(visitor)
    entered = (await visitor.enter(remember=True)).json()
    assert entered["user"]["email"] == "owner@acme.example"
    wrong = await visitor.door.post("/oidc/unlink", {"provider": "staff", "password": "wrong"}, token)
    assert code_of(wrong) == (401, "WRONG_CREDENTIALS")
    sent = {"provider": "staff", "password": DEMO_PASSWORD}
    assert (await visitor.door.post("/oidc/unlink", sent, token)).status_code == 204
    assert code_of(await visitor.door.post("/oidc/unlink", sent, token)) == (404, "IDENTITY_MISSING")
    ended = await visitor.door.post("/refresh", {"refreshToken": entered["refreshToken"]})
    assert code_of(ended) == (401, "REFRESH_TOKEN_INVALID")
    assert code_of(await visitor.enter()) == (403, "PERSON_UNKNOWN")
    assert [one["details"]["by"] for one in await visitor.door.audited("identity.linked")] == ["password"]
    assert [one["details"] for one in await visitor.door.audited("identity.unlinked")] == [
        {"provider": "staff"}
    ]


async def test_an_identity_is_linked_to_one_person(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    await link_owner(visitor)
    token = (await visitor.door.enter("clerk@acme.example")).json()["token"]
    sent = {"ticket": (await visitor.visit())["ticket"], "password": DEMO_PASSWORD}
    taken = await visitor.browser.post(
        "/sign-in/oidc/link", json=sent, headers={"authorization": f"Bearer {token}"}
    )
    assert code_of(taken) == (409, "IDENTITY_TAKEN")
    assert await visitor.identities() == [("nina-1", "owner@acme.example")]


async def test_linking_takes_a_token_the_password_and_the_browser_that_was_there(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    token = (await visitor.door.enter("owner@acme.example")).json()["token"]
    ticket = (await visitor.visit())["ticket"]
    sent = {"ticket": ticket, "password": DEMO_PASSWORD}
    bearer = {"authorization": f"Bearer {token}"}
    assert code_of(await visitor.browser.post("/sign-in/oidc/link", json=sent)) == (401, "UNAUTHENTICATED")
    wrong = await visitor.browser.post(
        "/sign-in/oidc/link", json=sent | {"password": "wrong"}, headers=bearer
    )
    assert code_of(wrong) == (401, "WRONG_CREDENTIALS")
    elsewhere = await visitor.door.client.post("/sign-in/oidc/link", json=sent, headers=bearer)
    assert code_of(elsewhere) == (401, "TICKET_INVALID")
    assert (await visitor.browser.post("/sign-in/oidc/link", json=sent, headers=bearer)).status_code == 204


@settings(**INVITED)
async def test_one_ticket_shown_by_many_at_once_signs_in_once(visitor: Visitor) -> None:
    visitor.provider.person = NINA
    await visitor.door.invite("nina@x.example", ["clerk"])
    ticket = (await visitor.visit())["ticket"]
    answers = await asyncio.gather(*(visitor.finish(ticket) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401]
    assert await visitor.identities() == [("nina-1", "nina@x.example")]


@settings(**LINKING)
async def test_a_suspended_tenant_is_closed_to_providers_too(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    assert (await visitor.enter()).status_code == 200
    await visitor.door.sql("UPDATE foundation.tenants SET status = 'suspended' WHERE slug = 'acme'", ACME)
    assert code_of(await visitor.enter()) == (403, "NOT_A_MEMBER")


async def test_two_providers_may_name_the_same_subject(visitor: Visitor) -> None:
    visitor.provider.person = visitor.other.person = NINA
    await link_owner(visitor)
    assert (await visitor.enter()).json()["user"]["email"] == "owner@acme.example"
    assert code_of(await visitor.enter("partner")) == (403, "PERSON_UNKNOWN")


@settings(**LINKING)
async def test_nothing_secret_is_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    visitor.provider.person = OWNER
    with caplog.at_level(logging.DEBUG):
        ticket = (await visitor.visit())["ticket"]
        entered = (await visitor.finish(ticket, remember=True)).json()
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("foundation_subgraph")]
    secrets = ["a client's secret", ticket, entered["token"], entered["refreshToken"]]
    assert not [line for line in ours for secret in secrets if secret in line]
