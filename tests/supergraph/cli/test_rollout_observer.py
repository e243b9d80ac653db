"""What counts as a module's failure while it is rolled out, and what does not."""

from typing import Any

import orjson
import pytest

from supergraph.cli.rollout_observer import RolloutObserver, has_failed
from supergraph.gateway.hooks import FetchRecord, RequestRecord
from supergraph.spec import Principal, SubgraphName

ITEMS = SubgraphName("items")


def fetch(answer: object = None, *, status: int | None = 200, failure: str | None = None) -> FetchRecord:
    body = answer if isinstance(answer, bytes) else orjson.dumps(answer or {"data": {}})
    return FetchRecord(ITEMS, "1", 0, 2_000_000_000, status, failure, body)


def error(**extensions: object) -> dict[str, object]:
    return {"data": None, "errors": [{"message": "no", "extensions": extensions}]}


@pytest.mark.parametrize(
    "failed",
    [
        fetch(failure="TIMED_OUT", status=None),
        fetch(status=502),
        fetch({"data": None, "errors": [{"message": "no"}]}),
        fetch(error(code="INTERNAL_SERVER_ERROR")),
        fetch(error()),
        fetch(b'{"errors": nonsense'),
    ],
)
def test_a_module_has_failed_where_it_could_not_do_what_it_should(failed: FetchRecord) -> None:
    assert has_failed(failed)


@pytest.mark.parametrize(
    "well",
    [
        fetch(),
        fetch({"data": {"text": 'the word "errors"'}}),
        fetch({"data": {}, "errors": []}),
        fetch(error(code="BAD_USER_INPUT")),
        fetch(error(code="FORBIDDEN"), status=403),
    ],
)
def test_what_a_module_refuses_by_a_code_of_its_own_is_no_failure(well: FetchRecord) -> None:
    assert not has_failed(well)


class Rollouts:
    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def is_watched(self, module: str, tenant: str | None) -> bool:
        return (module, tenant) == ("items", "acme")

    def saw(self, module: str, tenant: str | None, *, failed: bool, seconds: float) -> None:
        self.seen.append({"module": module, "tenant": tenant, "failed": failed, "seconds": seconds})


def watched(fetch: FetchRecord, tenant: str = "acme") -> list[dict[str, Any]]:
    rollouts, record = Rollouts(), RequestRecord(())
    record.principal = Principal(subject="ada", tenant=tenant)
    RolloutObserver(rollouts).fetched(record, fetch)
    return rollouts.seen


def test_a_fetch_is_told_with_its_time() -> None:
    assert watched(fetch()) == [{"module": "items", "tenant": "acme", "failed": False, "seconds": 2.0}]


def test_how_long_a_subscription_lasts_says_nothing() -> None:
    stream = FetchRecord(ITEMS, "1", 0, 2_000_000_000, 200, is_stream=True)
    assert [each["seconds"] for each in watched(stream)] == [0.0]


@pytest.mark.parametrize("failure", ["LEFT", "OPERATION_TIMED_OUT"])
def test_a_client_that_left_and_an_operation_whose_time_was_over_are_not_told(failure: str) -> None:
    assert watched(fetch(failure=failure, status=None)) == []


def test_of_those_who_are_not_reached_nothing_is_told() -> None:
    assert watched(fetch(), tenant="globex") == []
