"""Reports, by what the gateway answers."""

import csv
import io
from typing import Any

from foundation_subgraph.kit import Database, DatabaseAddress, GraphQLRequest
from foundation_subgraph.kit.testing import answering_graph, principal
from module_subgraphs.reporting import subgraph

# Reporting has no tables: it must not even connect.
NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))
APP = subgraph.asgi(NOWHERE)
RUNNER = principal("reporting:run")

QUERY = """query ($first: Int! = 50) {
  customerStanding(first: $first) {
    rows { customerId name city points tier } gaps { part code places } hasMore points csv
  }
}"""


def customers(*nodes: tuple[str, str | None], more: bool = False) -> dict[str, Any]:
    page = [{"id": id_, "name": name, "city": None} for id_, name in nodes]
    return {"data": {"customers": {"nodes": page, "pageInfo": {"hasNextPage": more}}}}


def points(*nodes: tuple[str, int | None, str | None]) -> dict[str, Any]:
    return {
        "data": {
            "customers": {"nodes": [{"id": id_, "points": sum_, "tier": tier} for id_, sum_, tier in nodes]}
        }
    }


def failed(code: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": "no", "extensions": {"code": code}}]}


async def run(of_customers: dict[str, Any], of_points: dict[str, Any], **variables: Any) -> dict[str, Any]:
    answers = {"ReportedCustomers": of_customers, "ReportedPoints": of_points}
    graph = answering_graph(subgraph, RUNNER, answers)
    return await APP.execute(GraphQLRequest(QUERY, variables=variables), RUNNER, graph)


async def test_customers_stand_by_their_points() -> None:
    answer = await run(
        customers(("1", "Ada"), ("2", "Alan"), ("3", "Grace"), more=True),
        points(("1", 90, "BRONZE"), ("2", 2500, "GOLD"), ("3", 0, "BRONZE")),
    )
    report = answer["data"]["customerStanding"]
    assert [(row["name"], row["points"], row["tier"]) for row in report["rows"]] == [
        ("Alan", 2500, "GOLD"),
        ("Ada", 90, "BRONZE"),
        ("Grace", 0, "BRONZE"),
    ]
    assert (report["points"], report["gaps"], report["hasMore"]) == (2590, [], True)


async def test_a_module_that_is_away_leaves_a_gap_and_the_rest() -> None:
    answer = await run(customers(("1", "Ada")), failed("SUBGRAPH_UNREACHABLE"))
    assert "errors" not in answer
    report = answer["data"]["customerStanding"]
    assert report["rows"] == [{"customerId": "1", "name": "Ada", "city": None, "points": None, "tier": None}]
    assert report["gaps"] == [{"part": "points", "code": "SUBGRAPH_UNREACHABLE", "places": 1}]
    assert report["points"] is None, "a sum of less than all would be a lie"


async def test_what_the_runner_may_not_see_is_a_gap_however_many_places_it_has() -> None:
    denied = points(("1", None, None), ("2", None, None))
    denied["errors"] = [
        {
            "message": "no",
            "path": ["customers", "nodes", at, name],
            "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
        }
        for at in (0, 1)
        for name in ("points", "tier")
    ]
    report = (await run(customers(("1", "Ada"), ("2", "Alan")), denied))["data"]["customerStanding"]
    assert [row["name"] for row in report["rows"]] == ["Ada", "Alan"]
    assert report["gaps"] == [{"part": "points", "code": "UNAUTHORIZED_FIELD_OR_TYPE", "places": 4}]


async def test_without_customers_there_are_no_rows_and_it_is_said_why() -> None:
    report = (await run(failed("GRAPH_UNREACHABLE"), failed("GRAPH_UNREACHABLE")))["data"]["customerStanding"]
    assert (report["rows"], report["points"]) == ([], None)
    assert [gap["part"] for gap in report["gaps"]] == ["customers", "points"]


async def test_a_spreadsheet_gets_no_formulas() -> None:
    names = ('=HYPERLINK("x")', 'O"Brien, "Sue"', "-1", "@a")
    given = [(str(number), name) for number, name in enumerate(names)]
    report = (await run(customers(*given), points()))["data"]["customerStanding"]
    head, *rows = csv.reader(io.StringIO(report["csv"]))
    assert head == ["id", "name", "city", "points", "tier"]
    assert [row[1] for row in rows] == ['\'=HYPERLINK("x")', 'O"Brien, "Sue"', "'-1", "'@a"]


async def test_a_report_is_as_long_as_may_be() -> None:
    for first in (0, 201):
        answer = await run(customers(), points(), first=first)
        assert answer["data"] == {"customerStanding": None}
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_without_the_permission_nobody_is_asked() -> None:
    graph = answering_graph(subgraph, principal(), {})
    answer = await APP.execute(GraphQLRequest(QUERY), principal("customers:read", "loyalty:read"), graph)
    assert answer["data"] == {"customerStanding": None}
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
