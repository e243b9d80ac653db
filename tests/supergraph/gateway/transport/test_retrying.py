"""What may be asked again is, as often as its rules, its budget and its time allow."""

import asyncio
import time

from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.retry_after import read_retry_after
from supergraph.gateway.transport.retrying import RetryingClient, RetryRules
from supergraph.spec import SubgraphName

NAME = SubgraphName("a")
QUERY = SubgraphRequest(NAME, b"{}", idempotent=True)
MUTATION = SubgraphRequest(NAME, b"{}", idempotent=False)
GOOD = SubgraphResponse(200, b"{}")
REFUSED = SubgraphFailure(NAME, FailureReason.REFUSED, untouched=True)
LOST_MIDWAY = SubgraphFailure(NAME, FailureReason.LOST)


class Scripted:
    """Answers in the order given; the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    async def send(self, request):
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def close(self):
        pass


async def outcome(inner, request=QUERY, *, rules=None, seconds=30.0):
    return await RetryingClient(inner, rules or RetryRules(), seconds).send(request)


async def test_a_query_is_asked_again_after_a_passing_failure():
    for passing in (
        REFUSED,
        SubgraphFailure(NAME, FailureReason.LOST, untouched=True),
        *(SubgraphResponse(status, b"busy") for status in (502, 503, 504)),
    ):
        inner = Scripted(passing, GOOD)
        assert await outcome(inner) == GOOD
        assert inner.asked == 2


async def test_a_mutation_is_asked_once_whatever_happens():
    for passing in (REFUSED, SubgraphResponse(503, b"")):
        inner = Scripted(passing, GOOD)
        assert await outcome(inner, MUTATION) == passing
        assert inner.asked == 1


async def test_what_does_not_pass_is_not_asked_again():
    for lasting in (
        LOST_MIDWAY,
        SubgraphFailure(NAME, FailureReason.TIMED_OUT),
        SubgraphResponse(500, b""),
        SubgraphResponse(429, b""),
        GOOD,
    ):
        inner = Scripted(lasting)
        assert await outcome(inner) == lasting
        assert inner.asked == 1


async def test_it_gives_up_after_so_many_retries():
    inner = Scripted(REFUSED)
    assert await outcome(inner, rules=RetryRules(retries=2)) == REFUSED
    assert inner.asked == 3


async def test_retries_cannot_multiply_the_load():
    """All of 200 queries fail: the reserve and a tenth of them are asked again, and no more."""
    inner = Scripted(REFUSED)
    client = RetryingClient(inner, RetryRules(retries=2, share=0.1, reserve=10), 30.0)
    await asyncio.gather(*(client.send(QUERY) for _ in range(200)))
    assert 200 < inner.asked <= 200 + 10 + 20


async def test_retry_after_is_the_least_that_is_waited():
    inner = Scripted(SubgraphResponse(503, b"", retry_after=1), GOOD)
    began = time.monotonic()
    assert await outcome(inner) == GOOD
    assert time.monotonic() - began >= 1


async def test_what_cannot_be_asked_again_in_time_is_answered_at_once():
    inner = Scripted(SubgraphResponse(503, b"", retry_after=20), GOOD)
    began = time.monotonic()
    assert (await outcome(inner, seconds=10)).status == 503
    assert time.monotonic() - began < 1
    assert inner.asked == 1


def test_retry_after_is_read_in_both_forms():
    assert read_retry_after(" 7 ") == 7
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert read_retry_after("soon") is None
    assert read_retry_after("-3") is None
