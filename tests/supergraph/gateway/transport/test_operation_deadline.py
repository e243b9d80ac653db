"""An operation's time is one for all its fetches: what has come by then stays."""

import asyncio

import pytest

from supergraph.gateway.transport import FailureReason, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.deadline import DeadlineClient
from supergraph.gateway.transport.operation_deadline import OperationDeadlines
from supergraph.spec import SubgraphName


class Sleepy:
    """Answers after as many milliseconds as the body says; counts who was given up."""

    def __init__(self):
        self.given_up = 0

    async def send(self, request):
        try:
            await asyncio.sleep(int(request.body) / 1000)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return SubgraphResponse(200, request.body)

    async def close(self):
        pass


def begin(deadlines, inner):
    operation = deadlines.limit(inner)
    deadlines.begin(operation)
    return operation


def fetch(client, milliseconds):
    return client.send(SubgraphRequest(SubgraphName("a"), b"%d" % milliseconds, idempotent=True))


async def test_what_has_come_stays_and_the_rest_fails():
    inner = Sleepy()
    operation = begin(OperationDeadlines(0.1), inner)
    quick, slow = await asyncio.gather(fetch(operation, 1), fetch(operation, 5_000))
    assert quick == SubgraphResponse(200, b"1")
    assert slow.reason is FailureReason.OPERATION_TIMED_OUT
    assert inner.given_up == 1
    # And what would only now be asked is not.
    assert (await fetch(operation, 1)).reason is FailureReason.OPERATION_TIMED_OUT


async def test_the_time_runs_over_all_fetches_together():
    operation = begin(OperationDeadlines(0.15), Sleepy())
    reasons = [getattr(await fetch(operation, 60), "reason", None) for _ in range(4)]
    assert reasons[0] is None
    assert reasons[-1] is FailureReason.OPERATION_TIMED_OUT


async def test_operations_fall_due_one_by_one():
    deadlines = OperationDeadlines(0.1)
    first = asyncio.create_task(fetch(begin(deadlines, Sleepy()), 5_000))
    await asyncio.sleep(0.06)
    second = asyncio.create_task(fetch(begin(deadlines, Sleepy()), 5_000))
    await first
    assert not second.done()
    assert (await second).reason is FailureReason.OPERATION_TIMED_OUT


async def test_an_operation_that_ended_is_forgotten():
    deadlines = OperationDeadlines(0.05)
    with deadlines.limit(Sleepy()) as operation:
        await fetch(operation, 1)
    await asyncio.sleep(0.07)
    assert await fetch(operation, 1) == SubgraphResponse(200, b"1")


async def test_the_subgraphs_own_deadline_comes_first_where_it_is_shorter():
    operation = begin(OperationDeadlines(5), DeadlineClient(Sleepy(), 0.05))
    assert (await fetch(operation, 5_000)).reason is FailureReason.TIMED_OUT
    assert await fetch(operation, 1) == SubgraphResponse(200, b"1")


async def test_both_deadlines_at_once_are_one():
    operation = begin(OperationDeadlines(0.05), DeadlineClient(Sleepy(), 0.05))
    failed = await fetch(operation, 5_000)
    assert failed.reason in {FailureReason.TIMED_OUT, FailureReason.OPERATION_TIMED_OUT}
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancelled_fetch_is_cancelled_and_not_late():
    operation = begin(OperationDeadlines(5), Sleepy())
    task = asyncio.create_task(fetch(operation, 5_000))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
