import asyncio
from dataclasses import replace

import pytest

from supergraph.gateway.transport.client import SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.coalescing import CoalescingClient
from supergraph.spec import Principal, SubgraphName

REQUEST = SubgraphRequest(SubgraphName("a"), b"{}", True, Principal("u1", "t1", frozenset({"x"})))


class Slow:
    """Answers when told to; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[SubgraphRequest] = []
        self.cancelled = 0
        self.go = asyncio.Event()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.asked.append(request)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return SubgraphResponse(200, b"%d" % len(self.asked))

    async def close(self) -> None:
        pass


async def start(client: CoalescingClient, *requests: SubgraphRequest) -> list[asyncio.Task[object]]:
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(client.send(each)) for each in requests]  # type: ignore[arg-type] - what comes back is of no interest here
    await asyncio.sleep(0.01)
    return tasks


async def test_equal_queries_in_flight_are_asked_once():
    inner = Slow()
    tasks = await start(CoalescingClient(inner), *[REQUEST] * 5)
    inner.go.set()
    assert len(set(map(id, await asyncio.gather(*tasks)))) == 1
    assert len(inner.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, body=b"{ }"),
        replace(REQUEST, subgraph=SubgraphName("b")),
        replace(REQUEST, principal=replace(REQUEST.principal, tenant="t2")),
        replace(REQUEST, principal=replace(REQUEST.principal, subject="u2")),
        replace(REQUEST, principal=replace(REQUEST.principal, scopes=frozenset({"x", "y"}))),
    ],
)
async def test_who_differs_in_anything_asks_for_himself(other: SubgraphRequest):
    inner = Slow()
    tasks = await start(CoalescingClient(inner), REQUEST, other)
    assert inner.asked == [REQUEST, other]
    inner.go.set()
    await asyncio.gather(*tasks)


async def test_mutations_are_never_shared():
    inner = Slow()
    mutation = replace(REQUEST, idempotent=False)
    tasks = await start(CoalescingClient(inner), mutation, mutation)
    assert len(inner.asked) == 2
    inner.go.set()
    await asyncio.gather(*tasks)


async def test_an_answer_is_not_kept():
    inner = Slow()
    inner.go.set()
    client = CoalescingClient(inner)
    assert await client.send(REQUEST) == SubgraphResponse(200, b"1")
    assert await client.send(REQUEST) == SubgraphResponse(200, b"2")


async def test_one_that_is_cancelled_leaves_the_others_waiting():
    inner = Slow()
    first, second, third = await start(CoalescingClient(inner), REQUEST, REQUEST, REQUEST)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    inner.go.set()
    assert await first == await third == SubgraphResponse(200, b"1")
    assert inner.cancelled == 0


async def test_when_the_first_one_leaves_it_is_asked_once_more_for_all_others():
    inner = Slow()
    client = CoalescingClient(inner)
    first, *others = await start(client, *[REQUEST] * 4)
    first.cancel()
    others += await start(client, REQUEST)
    assert (len(inner.asked), inner.cancelled) == (2, 1)
    # From here on everybody may leave without harm to the rest.
    others.pop(0).cancel()
    await asyncio.sleep(0.01)
    inner.go.set()
    assert await asyncio.gather(*others) == [SubgraphResponse(200, b"2")] * 3
    assert (len(inner.asked), inner.cancelled) == (2, 1)


async def test_what_was_asked_once_more_is_cancelled_with_the_last_who_wants_it():
    inner = Slow()
    client = CoalescingClient(inner)
    first, second, third = await start(client, REQUEST, REQUEST, REQUEST)
    for task in (first, second, third):
        task.cancel()
        await asyncio.sleep(0.01)
    assert (len(inner.asked), inner.cancelled) == (2, 2)
    inner.go.set()
    assert await client.send(REQUEST) == SubgraphResponse(200, b"3")


async def test_a_fault_is_everybodys():
    class Faulty(Slow):
        async def send(self, request: SubgraphRequest) -> SubgraphResponse:
            await super().send(request)
            raise LookupError

    inner = Faulty()
    tasks = await start(CoalescingClient(inner), REQUEST, REQUEST)
    inner.go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in outcomes] == [LookupError, LookupError]


async def test_when_the_last_one_leaves_the_request_is_cancelled():
    inner = Slow()
    client = CoalescingClient(inner)
    tasks = await start(client, REQUEST, REQUEST)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert inner.cancelled == 1
    inner.go.set()
    assert await client.send(REQUEST) == SubgraphResponse(200, b"2")
