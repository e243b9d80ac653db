"""What was denied can be looked up by those who may, and whoever runs the platform reads why."""

import time
from typing import Any
from uuid import uuid4

LOOK_UP = """query ($id: ID!) {
  auditLog(filter: { id: $id }) { nodes { id action actor target details } }
}"""


def looked_up(client: Any, denial: str, *, seconds: float = 10) -> list[dict[str, Any]]:
    """Entries are written behind the answer: a moment may pass."""
    deadline = time.monotonic() + seconds
    while True:
        found: list[dict[str, Any]] = client.ask(LOOK_UP, id=denial)["data"]["auditLog"]["nodes"]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_the_id_in_an_auditors_error_leads_an_owner_to_what_was_denied(house: Any) -> None:
    auditor = house.sign_in("auditor@acme")
    me = auditor.ask("{ me { id } }")["data"]["me"]["id"]
    denied = auditor.ask("query Mail { customers(first: 1) { nodes { email } } }")["errors"][0]
    assert "explanation" not in denied["extensions"]
    assert looked_up(house.sign_in("owner@acme"), denied["extensions"]["denialId"]) == [
        {
            "id": denied["extensions"]["denialId"],
            "action": "access.denied",
            "actor": me,
            "target": "Customer.email",
            "details": {
                "rules": ['@requiresScopes(scopes: [["customers:contact"]]) on Customer.email'],
                "missing": [{"scopes": [["customers:contact"]]}],
                "outcome": "filtered",
                "operation": "Mail",
            },
        }
    ]


def test_the_denials_of_a_tenant_are_its_own(house: Any) -> None:
    denied = house.sign_in("auditor@acme").ask("{ customers(first: 1) { nodes { email } } }")["errors"][0]
    denial = denied["extensions"]["denialId"]
    assert looked_up(house.sign_in("owner@acme"), denial)
    globex = house.sign_in("owner@globex")
    assert looked_up(globex, denial, seconds=0) == looked_up(globex, str(uuid4()), seconds=0) == []


def test_whoever_runs_the_platform_reads_why_and_who_can_help(house: Any) -> None:
    operator = house.sign_in("operator@platform")
    tenants = operator.ask("{ tenants { nodes { slug } } }")["data"]["tenants"]["nodes"]
    assert {"acme", "globex", "platform"} <= {one["slug"] for one in tenants}
    answer = operator.ask("{ customers { nodes { email } } }")
    told = {
        error["extensions"]["coordinate"]: error["extensions"]["explanation"] for error in answer["errors"]
    }
    [why] = told["Query.customers"]
    assert why["rules"] == ['@requiresScopes(scopes: [["customers:read"]]) on Query.customers']
    assert why["ownedBy"] == ["customers"]
    assert why["missing"] == {"scopes": [["customers:read"]]}
    assert why["grantedBy"] == [
        "customers:read: the roles auditor, clerk, owner",
        "nobody in this tenant may give roles: whoever runs the platform can",
    ]
