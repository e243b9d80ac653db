"""A module that asks the gateway for its caller, through the whole house."""

from typing import Any

import httpx
import pytest

QUERY = """{ customerStanding(first: 3) {
  rows { name city points tier } gaps { part code places } hasMore points csv
} }"""


def report(house: Any, who: str) -> dict[str, Any]:
    token = house.sign_in(who).token
    answer = httpx.post(
        f"{house.url}/graphql", json={"query": QUERY}, headers={"authorization": f"Bearer {token}"}
    ).json()
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]["customerStanding"]
    return found


@pytest.mark.parametrize("who", ["clerk@acme", "auditor@acme"])
def test_a_report_holds_what_its_runner_may_see_of_several_modules(house: Any, who: str) -> None:
    found = report(house, who)
    assert [row["name"] for row in found["rows"]] == ["Ada Lovelace", "Alan Turing", "Edsger Dijkstra"]
    assert [row["tier"] for row in found["rows"]] == ["GOLD", "SILVER", "BRONZE"]
    assert found["hasMore"]
    assert found["gaps"] == []
    assert found["points"] == sum(row["points"] for row in found["rows"])
    assert len(found["csv"].splitlines()) == 4


def test_a_report_is_of_the_runners_tenant_alone(house: Any) -> None:
    assert {row["name"] for row in report(house, "owner@globex")["rows"]} == {"Hedy Lamarr", "Radia Perlman"}
