"""What the README shows: one query over three subgraphs, and who is told what."""

from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = (ROOT / "module_subgraphs" / "sample.graphql").read_text()
AWARD = """
mutation Award($customer: ID!) { awardPoints(customerId: $customer, points: 10, reason: "A test") { ... on PointAward { points } } }
"""


def test_the_sample_is_answered_from_three_subgraphs(house: Any) -> None:
    answer = house.sign_in("clerk@acme").ask(SAMPLE)
    assert "errors" not in answer, answer
    assert answer["data"]["tenant"] == {"name": "Acme Ltd"}
    assert answer["data"]["me"]["name"] == "Carl Clerk"
    assert len(answer["data"]["customers"]["nodes"]) == 3
    for customer in answer["data"]["customers"]["nodes"]:
        assert list(customer) == ["name", "email", "points", "tier"]
        assert None not in customer.values()


def test_the_auditor_gets_the_same_but_for_the_denied_field(house: Any) -> None:
    full = house.sign_in("clerk@acme").ask(SAMPLE)["data"]["customers"]["nodes"]
    answer = house.sign_in("auditor@acme").ask(SAMPLE)
    assert answer["data"]["customers"]["nodes"] == [{**customer, "email": None} for customer in full]
    # One id for the coordinate, whichever customer's it was.
    [denial] = {error["extensions"].pop("denialId") for error in answer["errors"]}
    assert UUID(denial).version == 4
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "coordinate": "Customer.email"}
    ] * len(answer["errors"])
    assert [error["path"] for error in answer["errors"]] == [
        ["customers", "nodes", index, "email"] for index in range(3)
    ]


WHAT_IS_TO_DO = """
{ me { tasks { title subject { __typename ... on Customer { name } ... on Item { sku } } assignee { name } } } }
"""


def test_what_a_task_is_about_is_told_by_the_module_that_owns_it(house: Any) -> None:
    answer = house.sign_in("clerk@acme").ask(WHAT_IS_TO_DO)
    assert "errors" not in answer, answer
    tasks = {task["title"]: task for task in answer["data"]["me"]["tasks"]}
    assert {task["assignee"]["name"] for task in tasks.values()} == {"Carl Clerk"}
    subjects = {title: task["subject"] for title, task in tasks.items()}
    assert subjects["Order more saws"] == {"__typename": "Item", "sku": "DOVETAIL-SAW"}
    assert subjects["Ask for the missing e-mail address"]["__typename"] == "Customer"
    assert subjects["Ask for the missing e-mail address"]["name"]
    assert subjects["Write the newsletter"] is None


def test_without_a_token_nothing_is_told(house: Any) -> None:
    answer = house.sign_in("clerk@acme").__class__(f"{house.url}/graphql").ask(SAMPLE)
    assert all(value is None for value in (answer["data"] or {}).values())
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAUTHORIZED_FIELD_OR_TYPE"}


def test_a_tenant_sees_nothing_of_another(house: Any) -> None:
    acme = {
        c["id"]
        for c in house.sign_in("owner@acme").ask("{ customers(first: 100) { nodes { id } } }")["data"][
            "customers"
        ]["nodes"]
    }
    globex_owner = house.sign_in("owner@globex")
    globex = {
        c["id"]
        for c in globex_owner.ask("{ customers(first: 100) { nodes { id } } }")["data"]["customers"]["nodes"]
    }
    assert acme
    assert globex
    assert not acme & globex
    for customer in sorted(acme)[:2]:
        answer = globex_owner.ask("query ($id: ID!) { customer(id: $id) { id name points } }", id=customer)
        assert answer == {"data": {"customer": None}}


def test_somebody_of_two_tenants_sees_each_by_itself(house: Any) -> None:
    names = {
        tenant: house.sign_in("both@acme", tenant).ask(
            "{ tenant { slug } customers(first: 100) { nodes { name } } }"
        )["data"]
        for tenant in ("acme", "globex")
    }
    assert names["acme"]["tenant"] == {"slug": "acme"}
    assert names["globex"]["tenant"] == {"slug": "globex"}
    assert names["acme"]["customers"] != names["globex"]["customers"]


def test_points_are_awarded_by_who_may_and_seen_at_once(house: Any) -> None:
    clerk = house.sign_in("clerk@acme")
    customer = clerk.ask("{ customers(first: 1) { nodes { id points } } }")["data"]["customers"]["nodes"][0]
    assert "errors" not in clerk.ask(AWARD, customer=customer["id"])
    after = clerk.ask("query ($id: ID!) { customer(id: $id) { points } }", id=customer["id"])
    assert after["data"]["customer"]["points"] == customer["points"] + 10


def test_who_may_not_award_points_is_refused_and_nothing_happens(house: Any) -> None:
    auditor = house.sign_in("auditor@acme")
    customer = auditor.ask("{ customers(first: 1) { nodes { id points } } }")["data"]["customers"]["nodes"][0]
    answer = auditor.ask(AWARD, customer=customer["id"])
    assert answer["data"] == {"awardPoints": None} or answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert answer["errors"][0]["path"] == ["awardPoints"]
    after = auditor.ask("query ($id: ID!) { customer(id: $id) { points } }", id=customer["id"])
    assert after["data"]["customer"]["points"] == customer["points"]


def test_mutations_run_in_the_order_they_are_written(house: Any) -> None:
    clerk = house.sign_in("clerk@acme")
    customer = clerk.ask("{ customers(first: 1) { nodes { id points } } }")["data"]["customers"]["nodes"][0]
    answer = clerk.ask(
        """
        mutation ($id: ID!) {
          first: awardPoints(customerId: $id, points: 1, reason: "one") { ... on PointAward { customer { points name } } }
          second: awardPoints(customerId: $id, points: 1, reason: "two") { ... on PointAward { customer { points city } } }
        }
        """,
        id=customer["id"],
    )
    assert "errors" not in answer, answer
    assert answer["data"]["first"]["customer"]["points"] == customer["points"] + 1
    assert answer["data"]["second"]["customer"]["points"] == customer["points"] + 2
