"""Closed, open, half-open: by failures counted within a window, by a probe, by the clock of the loop."""

import asyncio

import pytest

from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.breaker import BreakerClient, BreakerEvents, BreakerRules
from supergraph.gateway.transport.health_board import BreakerState, HealthBoard
from supergraph.spec import SubgraphName

NAME = SubgraphName("a")
REQUEST = SubgraphRequest(NAME, b"{}", idempotent=True)
GOOD = SubgraphResponse(200, b'{"data":{}}')
TIMED_OUT = SubgraphFailure(NAME, FailureReason.TIMED_OUT, "no answer from 10.0.0.1")
RULES = BreakerRules(failure_rate=0.5, calls=4, window_seconds=10, open_seconds=0.1)


class Moody:
    """Answers as it feels at the moment."""

    def __init__(self):
        self.answer = GOOD
        self.asked = 0
        self.gate = None

    async def send(self, request):
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        return self.answer

    async def close(self):
        pass


class Guarded:
    def __init__(self, rules=RULES):
        self.inner = Moody()
        self.board = HealthBoard()
        self.health = self.board.add(NAME)
        self.client = BreakerClient(self.inner, rules, self.board, self.health)

    async def ask(self, answer=None, times=1):
        if answer is not None:
            self.inner.answer = answer
        return [await self.client.send(REQUEST) for _ in range(times)]

    @property
    def state(self):
        return self.health.state


async def test_it_opens_when_the_share_of_failures_is_reached_and_then_nothing_is_asked():
    guarded = Guarded()
    await guarded.ask(TIMED_OUT, times=3)
    assert guarded.state is BreakerState.CLOSED  # too few to judge by
    await guarded.ask(TIMED_OUT)
    assert guarded.state is BreakerState.OPEN
    [refused] = await guarded.ask()
    assert (refused.reason, refused.retry_after) == (FailureReason.SUSPENDED, 1)
    assert guarded.inner.asked == 4
    assert guarded.health.last_failure.reason is FailureReason.TIMED_OUT


async def test_failures_among_many_answers_do_not_open_it():
    guarded = Guarded()
    for _ in range(20):
        await guarded.ask(TIMED_OUT)
        await guarded.ask(GOOD, times=3)
    assert guarded.state is BreakerState.CLOSED


async def test_failures_of_another_window_do_not_count():
    guarded = Guarded(BreakerRules(failure_rate=0.5, calls=4, window_seconds=0.05, open_seconds=5))
    for _ in range(3):
        await guarded.ask(TIMED_OUT, times=3)
        await asyncio.sleep(0.06)
    assert guarded.state is BreakerState.CLOSED


async def test_one_probe_goes_when_it_is_half_open_and_its_answer_closes_it():
    guarded = Guarded()
    await guarded.ask(TIMED_OUT, times=4)
    await asyncio.sleep(0.11)
    guarded.inner.gate = asyncio.Event()
    guarded.inner.answer = GOOD
    probe = asyncio.create_task(guarded.client.send(REQUEST))
    await asyncio.sleep(0)
    assert guarded.state is BreakerState.HALF_OPEN
    refused = await guarded.ask(times=3)
    assert {each.reason for each in refused} == {FailureReason.SUSPENDED}
    guarded.inner.gate.set()
    assert await probe == GOOD
    assert guarded.state is BreakerState.CLOSED
    assert await guarded.ask() == [GOOD]
    assert guarded.inner.asked == 4 + 1 + 1


async def test_a_probe_that_fails_opens_it_anew():
    guarded = Guarded()
    await guarded.ask(TIMED_OUT, times=4)
    await asyncio.sleep(0.11)
    assert await guarded.ask() == [TIMED_OUT]
    assert guarded.state is BreakerState.OPEN
    assert (await guarded.ask())[0].reason is FailureReason.SUSPENDED


async def test_a_probe_whose_client_left_gives_its_turn_to_the_next():
    guarded = Guarded()
    await guarded.ask(TIMED_OUT, times=4)
    await asyncio.sleep(0.11)
    guarded.inner.gate = asyncio.Event()
    probe = asyncio.create_task(guarded.client.send(REQUEST))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    guarded.inner.gate = None
    assert await guarded.ask(GOOD) == [GOOD]
    assert guarded.state is BreakerState.CLOSED


async def test_a_stall_opens_it_at_once():
    guarded = Guarded()
    await guarded.ask(GOOD, times=50)
    await guarded.ask(SubgraphFailure(NAME, FailureReason.STALLED))
    assert guarded.state is BreakerState.OPEN


@pytest.mark.parametrize(
    "failure",
    [
        SubgraphResponse(500, b'{"errors":[]}'),
        SubgraphResponse(200, b"<html>"),
        SubgraphResponse(200, b'{"data": {"half": '),
        SubgraphResponse(200, b""),
        SubgraphResponse(200, b"[1]"),
    ],
)
async def test_an_answer_that_is_none_is_a_failure(failure):
    guarded = Guarded()
    await guarded.ask(failure, times=4)
    assert guarded.state is BreakerState.OPEN


@pytest.mark.parametrize(
    "answer",
    [
        SubgraphResponse(200, b'  {"data":null,"errors":[{"message":"x"}]}\n'),
        SubgraphResponse(400, b'{"errors":[{"message":"x"}]}'),
        SubgraphFailure(NAME, FailureReason.BUSY),
        SubgraphFailure(NAME, FailureReason.TOO_LARGE),
    ],
)
async def test_what_is_not_the_subgraphs_trouble_does_not_count(answer):
    guarded = Guarded()
    await guarded.ask(answer, times=20)
    assert guarded.state is BreakerState.CLOSED
    assert guarded.health.last_failure is None


async def test_without_rules_it_never_opens_and_still_notes_what_failed():
    guarded = Guarded(rules=None)
    await guarded.ask(TIMED_OUT, times=50)
    await guarded.ask(SubgraphFailure(NAME, FailureReason.STALLED))
    assert guarded.state is BreakerState.CLOSED
    assert guarded.health.last_failure.reason is FailureReason.STALLED


async def test_no_subscription_is_begun_while_it_is_open():
    class Source:
        async def subscribe(self, request):
            yield GOOD

        async def close(self):
            pass

    guarded = Guarded()
    events = BreakerEvents(Source(), guarded.client)
    assert [each async for each in events.subscribe(REQUEST)] == [GOOD]
    await guarded.ask(TIMED_OUT, times=4)
    [refused] = [each async for each in events.subscribe(REQUEST)]
    assert (refused.reason, refused.retry_after) == (FailureReason.SUSPENDED, 1)
    await asyncio.sleep(0.11)
    assert [each async for each in events.subscribe(REQUEST)] == [GOOD]


async def test_a_closed_client_leaves_the_board():
    guarded = Guarded()
    assert guarded.board.states() == {NAME: BreakerState.CLOSED}
    await guarded.client.close()
    assert guarded.board.states() == {}
