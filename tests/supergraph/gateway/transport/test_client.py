import pytest

from supergraph.gateway.transport import (
    FailureReason,
    SubgraphAnswer,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    read_answer,
)
from supergraph.spec import SubgraphName

REQUEST = SubgraphRequest(SubgraphName("a"), b"{}", idempotent=True)


def test_data_and_errors_may_both_be_there():
    answer = read_answer(REQUEST, SubgraphResponse(200, b'{"data":{"a":1},"errors":[{"message":"m"}]}'))
    assert answer == SubgraphAnswer({"a": 1}, ({"message": "m"},))


def test_errors_count_whatever_the_status():
    answer = read_answer(REQUEST, SubgraphResponse(500, b'{"errors":[{"message":"m"}]}'))
    assert answer == SubgraphAnswer(None, ({"message": "m"},))


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b"<html>", FailureReason.NOT_JSON),
        (200, b"", FailureReason.NOT_JSON),
        (200, b"\xff", FailureReason.NOT_JSON),
        (200, b'{"data":{"a":NaN}}', FailureReason.NOT_JSON),
        (502, b"<html>", FailureReason.BAD_STATUS),
        (404, b'{"detail":"Not Found"}', FailureReason.BAD_STATUS),
        (200, b"[]", FailureReason.MALFORMED),
        (200, b"{}", FailureReason.MALFORMED),
        (200, b'{"data":null}', FailureReason.MALFORMED),
        (200, b'{"data":null,"errors":[]}', FailureReason.MALFORMED),
        (200, b'{"data":[]}', FailureReason.MALFORMED),
        (200, b'{"data":{},"errors":"x"}', FailureReason.MALFORMED),
        (200, b'{"data":{},"errors":[1]}', FailureReason.MALFORMED),
        (200, b'{"data":{},"extensions":1}', FailureReason.MALFORMED),
    ],
)
def test_what_is_no_graphql_response_is_a_failure(status: int, body: bytes, reason: FailureReason):
    failure = read_answer(REQUEST, SubgraphResponse(status, body))
    assert isinstance(failure, SubgraphFailure)
    assert failure.reason is reason
