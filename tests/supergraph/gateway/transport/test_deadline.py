"""A deadline is each request's own, though one timer watches over all."""

import asyncio

import pytest

from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.deadline import DeadlineClient
from supergraph.spec import SubgraphName


class Sleepy:
    """Answers after as many milliseconds as the body says."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        await asyncio.sleep(int(request.body) / 1000)
        return SubgraphResponse(200, request.body)

    async def close(self) -> None:
        pass


def ask(client: DeadlineClient, milliseconds: int) -> "asyncio.Task[SubgraphResponse | SubgraphFailure]":
    request = SubgraphRequest(SubgraphName("a"), b"%d" % milliseconds, idempotent=True)
    return asyncio.create_task(client.send(request))


async def test_who_is_late_is_given_up_and_the_others_are_not():
    client = DeadlineClient(Sleepy(), 0.2)
    first = [ask(client, 5_000), ask(client, 1)]
    await asyncio.sleep(0.1)
    later = [ask(client, 150), ask(client, 5_000)]
    outcomes = await asyncio.gather(*first, *later)
    assert [getattr(each, "reason", None) for each in outcomes] == [
        FailureReason.TIMED_OUT,
        None,
        None,
        FailureReason.TIMED_OUT,
    ]


async def test_a_deadline_follows_a_time_without_requests():
    client = DeadlineClient(Sleepy(), 0.05)
    assert isinstance(await ask(client, 1), SubgraphResponse)
    await asyncio.sleep(0.1)
    assert isinstance(await ask(client, 5_000), SubgraphFailure)


async def test_a_cancelled_call_is_cancelled_and_not_late():
    call = ask(DeadlineClient(Sleepy(), 5), 5_000)
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


def test_a_client_that_outlives_its_loop_keeps_time_on_the_next_one():
    client = DeadlineClient(Sleepy(), 0.05)

    async def once() -> SubgraphResponse | SubgraphFailure:
        return await ask(client, 5_000)

    async def quick() -> SubgraphResponse | SubgraphFailure:
        return await ask(client, 0)

    assert isinstance(asyncio.run(quick()), SubgraphResponse)
    assert isinstance(asyncio.run(once()), SubgraphFailure)
