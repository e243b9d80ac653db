"""Who may do what with points, asked of the subgraph itself."""

from uuid import uuid4

import pytest

from foundation_subgraph.kit.testing import SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.loyalty import subgraph
from supergraph.spec import ANONYMOUS, Principal

DENIED = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
AUDITOR = principal("loyalty:read")


@pytest.mark.parametrize(
    "asking", [principal(), principal("loyalty:award"), principal("customers:read"), ANONYMOUS]
)
@pytest.mark.parametrize(
    ("representation", "selection", "field"),
    [
        ({"__typename": "Customer", "id": str(uuid4())}, "... on Customer { points }", "points"),
        ({"__typename": "Customer", "id": str(uuid4())}, "... on Customer { tier }", "tier"),
        (
            {"__typename": "Customer", "id": str(uuid4())},
            "... on Customer { pointAwards { nodes { points } } }",
            "pointAwards",
        ),
        ({"__typename": "User", "id": str(SOMEBODY)}, "... on User { pointsAwarded }", "pointsAwarded"),
    ],
)
async def test_what_loyalty_knows_is_denied_without_its_permission(
    database: ThrowAwayDatabase, asking: Principal, representation: dict[str, str], selection: str, field: str
) -> None:
    with database.statements() as seen:
        answer = await database.entities(subgraph, [representation], selection, asking)
    assert answer["data"] == {"_entities": [{field: None}]}
    assert answer["errors"][0]["extensions"] == DENIED
    assert answer["errors"][0]["path"] == ["_entities", 0, field]
    assert seen == []


@pytest.mark.parametrize("asking", [AUDITOR, principal("loyalty:award"), principal(), ANONYMOUS])
async def test_who_may_not_award_or_may_not_see_awards_awards_nothing(
    database: ThrowAwayDatabase, asking: Principal
) -> None:
    customer = str(uuid4())
    query = 'mutation ($c: ID!) { awardPoints(customerId: $c, points: 5, reason: "x") { ... on PointAward { points } } }'
    answer = await database.execute(subgraph, query, asking, {"c": customer})
    assert answer["data"] == {"awardPoints": None}
    assert answer["errors"][0]["message"] == "Unauthorized field or type"
    sent = [{"__typename": "Customer", "id": customer}]
    balance = await database.entities(subgraph, sent, "... on Customer { points }", AUDITOR)
    assert balance["data"]["_entities"] == [{"points": 0}]
