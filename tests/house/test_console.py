"""The console as a clerk and an auditor meet it, in a real browser, over the real house."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser

QUERY = ".graphiql-query-editor .view-lines"
RESULT = "Result Window"


@pytest.fixture
def origin(house: Any) -> str:
    return house.url


async def enter(page: Page, email: str) -> None:
    """By the demo login that the page offers."""
    await page.goto("/")
    await page.get_by_role("region", name="Demo logins").get_by_role("button", name=email).click()
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.locator(QUERY)).to_contain_text("Sample")


async def test_a_clerk_signs_in_and_sees_data_of_three_subgraphs(page: Page) -> None:
    await enter(page, "clerk@acme.example")
    await expect(page.get_by_role("group", name="Signed in as")).to_contain_text("Carl Clerk")
    await page.get_by_role("button", name="Execute query").click()
    result = page.get_by_label(RESULT)
    await expect(result).to_contain_text("Carl Clerk")
    await expect(result).to_contain_text("Acme Ltd")
    await expect(result).to_contain_text("@customers.example")
    await expect(result).to_contain_text("GOLD")


async def ask(page: Page, query: str) -> None:
    await page.locator(QUERY).click()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(query)
    await page.get_by_role("button", name="Execute query").click()


async def test_an_auditor_who_awards_points_sees_the_denial(page: Page, house: Any) -> None:
    customer = house.sign_in("auditor@acme").ask("{ customers(first: 1) { nodes { id } } }")["data"][
        "customers"
    ]["nodes"][0]["id"]
    await enter(page, "auditor@acme.example")
    await ask(
        page,
        f'mutation {{ awardPoints(customerId: {json.dumps(customer)}, points: 5, reason: "Why not") {{ __typename }} }}',
    )
    result = page.get_by_label(RESULT)
    await expect(result).to_contain_text("Unauthorized field or type")
    await expect(result).to_contain_text("UNAUTHORIZED_FIELD_OR_TYPE")


async def test_somebody_of_two_tenants_switches_between_them(page: Page) -> None:
    await enter(page, "both@acme.example")
    await ask(page, "query Where { tenant { name } }")
    await expect(page.get_by_label(RESULT)).to_contain_text("Acme Ltd")
    await page.get_by_label("Tenant").select_option("globex")
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.get_by_label(RESULT)).to_contain_text("Globex Corporation")
    await expect(page.get_by_label(RESULT)).not_to_contain_text("Acme Ltd")
