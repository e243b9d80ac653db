"""The way to a provider and back over HTTP: what is bound to the browser, what counts once, where it may end."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.foundation_subgraph.sign_in.door import Door
from tests.foundation_subgraph.sign_in.visitor import HOUSE, OWNER, Visitor, code_of, outcome

LINKING = pytest.mark.parametrize("visitor", [{"link_by_email": True}], indirect=True, ids=["linking"])


async def test_a_house_without_providers_has_no_routes_for_them(door: Door) -> None:
    assert (await door.client.get("/sign-in/oidc")).status_code == 404


async def test_pages_are_told_which_providers_there_are(visitor: Visitor) -> None:
    told = (await visitor.browser.get("/sign-in/oidc")).json()["providers"]
    assert told[0] == {"name": "staff", "title": "Acme staff", "url": f"{HOUSE}/sign-in/oidc/staff"}
    assert code_of(await visitor.leave("nobody")) == (404, "PROVIDER_UNKNOWN")


async def test_who_leaves_takes_along_what_proves_that_they_did(visitor: Visitor) -> None:
    left = await visitor.leave()
    asked = dict(parse_qsl(urlsplit(left.headers["location"]).query))
    assert asked["redirect_uri"] == f"{HOUSE}/sign-in/oidc/staff/callback"
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    cookie = left.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert left.headers["cache-control"] == "no-store"
    assert left.headers["referrer-policy"] == "no-referrer"
    secret = cookie.partition("=")[2].partition(";")[0]
    assert secret not in left.headers["location"]
    kept = await visitor.door.sql("SELECT provider_visits::text AS row FROM foundation.provider_visits")
    assert kept == [], "the sign-in alone sees them"


async def test_the_host_of_a_request_sends_nobody_anywhere(visitor: Visitor) -> None:
    left = await visitor.browser.get("/sign-in/oidc/staff", headers={"host": "evil.example"})
    asked = dict(parse_qsl(urlsplit(left.headers["location"]).query))
    assert asked["redirect_uri"].startswith(f"{HOUSE}/")


@LINKING
async def test_a_state_counts_in_the_browser_that_began_and_once(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    address = await visitor.at_provider(await visitor.leave())
    elsewhere = await visitor.door.client.get(address.removeprefix(HOUSE))
    assert code_of(elsewhere) == (400, "STATE_INVALID")
    assert "ticket" in outcome(await visitor.come_back(address)), "whom somebody overheard is none the worse"
    assert code_of(await visitor.come_back(address)) == (400, "STATE_INVALID")
    assert visitor.provider.asked_for_tokens == 1


@LINKING
async def test_somebody_elses_answer_signs_nobody_in(visitor: Visitor) -> None:
    """Sent to a victim, an answer of the attacker's would sign them in as the attacker."""
    visitor.provider.person = OWNER
    address = await visitor.at_provider(await visitor.leave())
    transport = httpx.ASGITransport(visitor.door.app)
    async with httpx.AsyncClient(transport=transport, base_url=HOUSE) as victim:
        await victim.get("/sign-in/oidc/staff")
        assert code_of(await victim.get(address.removeprefix(HOUSE))) == (400, "STATE_INVALID")


async def test_a_state_counts_at_its_own_provider_alone(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    address = (await visitor.at_provider(await visitor.leave())).replace("/staff/", "/partner/")
    assert code_of(await visitor.come_back(address)) == (400, "STATE_INVALID")
    assert visitor.other.asked_for_tokens == 0


@pytest.mark.parametrize("state", ["", "x", "0123456789abcdef." + "A" * 43, "é\0", "%ff", ";path=/"])
async def test_a_state_that_is_none_of_ours_is_refused(visitor: Visitor, state: str) -> None:
    back = f"/sign-in/oidc/staff/callback?{urlencode({'state': state, 'code': 'x'})}"
    assert code_of(await visitor.browser.get(back)) == (400, "STATE_INVALID")


@LINKING
async def test_who_takes_too_long_begins_again(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    address = await visitor.at_provider(await visitor.leave())
    ticket = outcome(await visitor.come_back(address))["ticket"]
    await expire(visitor, "sign_in_tickets")
    assert code_of(await visitor.finish(ticket)) == (401, "TICKET_INVALID")
    address = await visitor.at_provider(await visitor.leave())
    await expire(visitor, "provider_visits")
    assert code_of(await visitor.come_back(address)) == (400, "STATE_INVALID")


async def expire(visitor: Visitor, table: str) -> None:
    """Put back in time what is there; the sign-in may not change it, so its rows are written anew."""
    async with visitor.door.database.sign_in.begin() as connection:
        rows = (
            (await connection.exec_driver_sql(f"DELETE FROM foundation.{table} RETURNING *")).mappings().all()
        )
        for row in rows:
            past = dict(row) | {"expires_at": row["expires_at"].replace(year=2000)}
            names = ", ".join(past)
            places = ", ".join(f"${number}" for number in range(1, len(past) + 1))
            await connection.exec_driver_sql(
                f"INSERT INTO foundation.{table} ({names}) VALUES ({places})", tuple(past.values())
            )


@LINKING
async def test_a_ticket_counts_in_the_browser_that_began_and_once(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    ticket = (await visitor.visit())["ticket"]
    elsewhere = await visitor.door.post("/oidc/finish", {"ticket": ticket})
    assert code_of(elsewhere) == (401, "TICKET_INVALID")
    assert (await visitor.finish(ticket)).status_code == 200
    assert code_of(await visitor.finish(ticket)) == (401, "TICKET_INVALID")
    assert not visitor.browser.cookies, "what is over leaves no cookie behind"


@LINKING
async def test_two_tabs_of_one_browser_do_not_disturb_each_other(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    first, second = [await visitor.at_provider(await visitor.leave()) for _ in range(2)]
    tickets = [outcome(await visitor.come_back(address))["ticket"] for address in (second, first)]
    assert [(await visitor.finish(one)).status_code for one in reversed(tickets)] == [200, 200]


@LINKING
async def test_no_token_of_ours_is_in_an_address(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    back = await visitor.come_back(await visitor.at_provider(await visitor.leave(returnTo="/app?tab=1")))
    page, _, fragment = back.headers["location"].partition("#")
    assert page == f"{HOUSE}/app?tab=1"
    assert list(dict(parse_qsl(fragment))) == ["ticket"]
    assert (await visitor.finish(dict(parse_qsl(fragment))["ticket"])).headers["cache-control"] == "no-store"


async def test_who_comes_back_to_an_address_elsewhere_comes_to_one_that_is_configured(
    visitor: Visitor,
) -> None:
    visitor.provider.person = OWNER
    back = await visitor.come_back(
        await visitor.at_provider(await visitor.leave(returnTo="https://app.example/signed-in"))
    )
    assert back.headers["location"].startswith("https://app.example/signed-in#ticket=")
    assert code_of(await visitor.leave(returnTo="https://app.example/other")) == (
        400,
        "RETURN_ADDRESS_REFUSED",
    )


async def test_states_and_tickets_cannot_be_guessed_at_will(visitor: Visitor) -> None:
    for number in range(25):
        state = f"{number:016x}." + "A" * 43
        back = await visitor.browser.get("/sign-in/oidc/staff/callback", params={"state": state, "code": "x"})
        assert back.status_code == 400
        assert (await visitor.finish(state)).status_code == 401
    throttled = await visitor.finish("x")
    assert code_of(throttled) == (429, "TOO_MANY_ATTEMPTS")
    assert int(throttled.headers["retry-after"]) > 0
    assert (await visitor.browser.get("/sign-in/oidc/staff/callback")).status_code == 429


@LINKING
async def test_who_leaves_again_and_again_must_wait_and_who_signs_in_begins_anew(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    for _ in range(98):
        await visitor.leave("nobody")
    assert (await visitor.enter()).status_code == 200
    for _ in range(100):
        await visitor.leave("nobody")
    assert code_of(await visitor.leave()) == (429, "TOO_MANY_ATTEMPTS")
