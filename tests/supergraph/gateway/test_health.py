"""What `/health` and `/ready` say, and what they keep to themselves."""

import json

import pytest

from supergraph.gateway.health import HealthReport, Readiness
from supergraph.gateway.settings import HealthDetails
from supergraph.gateway.transport import FailureReason
from supergraph.gateway.transport.health_board import BreakerState, HealthBoard
from supergraph.spec import SubgraphName


class Reported:
    def __init__(self, details=HealthDetails.NAMES, broken=None):
        self.board = HealthBoard(broken)
        self.loyalty = self.board.add(SubgraphName("loyalty"))
        self.readiness = Readiness()
        self.report = HealthReport(self.board, self.readiness, details, lambda: {"digest": "abc"})

    async def health(self):
        response = await self.report.health(None)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        return json.loads(response.body)


async def test_all_is_well():
    assert await Reported().health() == {
        "status": "ok",
        "subgraphs": {"loyalty": {"state": "closed"}},
        "supergraph": {"digest": "abc"},
    }


@pytest.mark.parametrize("state", [BreakerState.OPEN, BreakerState.HALF_OPEN])
async def test_a_subgraph_that_is_not_asked_degrades_the_whole_and_says_why(state):
    reported = Reported()
    reported.loyalty.state = state
    reported.loyalty.note(FailureReason.REFUSED, "cannot connect to 10.0.0.1:4001")
    reported.loyalty.interruptions = 2
    health = await reported.health()
    assert health["status"] == "degraded"
    loyalty = health["subgraphs"]["loyalty"]
    assert (loyalty["state"], loyalty["interruptions"]) == (state.value, 2)
    assert loyalty["lastFailure"]["code"] == "SUBGRAPH_UNREACHABLE"
    assert loyalty["lastFailure"]["at"].endswith("Z")
    assert "10.0.0.1" not in str(health)


async def test_reasons_and_names_are_told_where_that_is_wanted():
    told = Reported(HealthDetails.REASONS)
    told.loyalty.note(FailureReason.REFUSED, "cannot connect to 10.0.0.1:4001")
    assert "10.0.0.1" in (await told.health())["subgraphs"]["loyalty"]["lastFailure"]["detail"]
    silent = Reported(HealthDetails.STATUS, {"billing": "OSError: gone"})
    assert await silent.health() == {"status": "degraded"}


async def test_of_a_module_that_could_not_be_loaded_only_the_kind_of_its_error_is_told():
    reported = Reported(broken={"billing": "OSError: /etc/secret", "crm": "the tables are wrong"})
    subgraphs = (await reported.health())["subgraphs"]
    assert subgraphs["billing"] == {"state": "broken", "reason": "OSError"}
    assert subgraphs["crm"] == {"state": "broken"}


async def test_a_newer_client_of_a_subgraph_stays_on_the_board_when_the_older_closes():
    reported = Reported()
    newer = reported.board.add(SubgraphName("loyalty"))
    reported.board.remove(reported.loyalty)
    assert list(reported.board) == [newer]


async def test_when_the_newer_client_was_made_in_vain_the_older_is_seen_again():
    """A document that is refused in the end has had its clients made, and closed."""
    reported = Reported()
    newer = reported.board.add(SubgraphName("loyalty"))
    reported.board.remove(newer)
    assert list(reported.board) == [reported.loyalty]


async def test_it_is_ready_until_it_is_told_to_stop():
    reported = Reported()
    assert (await reported.report.ready(None)).status_code == 200
    reported.readiness.is_draining = True
    response = await reported.report.ready(None)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
