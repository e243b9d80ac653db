"""Only so many requests are under way, only so many wait, and the rest hear so at once."""

import asyncio

import pytest

from supergraph.gateway.transport import FailureReason, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.bulkhead import BulkheadClient
from supergraph.spec import SubgraphName


class Held:
    """Answers when it is let go."""

    def __init__(self):
        self.gate = asyncio.Event()
        self.inside = 0
        self.most = 0
        self.order = []

    async def send(self, request):
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.order.append(request.body)
        try:
            await self.gate.wait()
        finally:
            self.inside -= 1
        return SubgraphResponse(200, request.body)

    async def close(self):
        pass


def ask(client, number):
    return asyncio.create_task(client.send(SubgraphRequest(SubgraphName("a"), b"%d" % number, True)))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_finds_no_place_waits_and_who_finds_no_room_to_wait_is_refused():
    inner = Held()
    client = BulkheadClient(inner, at_once=2, waiting=3)
    asked = [ask(client, number) for number in range(8)]
    await settle()
    refused = [each.result() for each in asked if each.done()]
    assert [each.reason for each in refused] == [FailureReason.BUSY] * 3
    assert refused[0].retry_after
    inner.gate.set()
    answered = [await each for each in asked[:5]]
    assert [each.body for each in answered] == [b"0", b"1", b"2", b"3", b"4"]
    assert (inner.most, inner.order) == (2, [b"0", b"1", b"2", b"3", b"4"])


async def test_a_place_is_not_lost_with_whoever_gave_up():
    inner = Held()
    client = BulkheadClient(inner, at_once=1, waiting=10)
    first, second, third = (ask(client, number) for number in range(3))
    await settle()
    second.cancel()  # while it waits
    await settle()
    first.cancel()  # while it is under way: its place goes to the third
    third_cancelled_as_its_turn_came = third
    await settle()
    third_cancelled_as_its_turn_came.cancel()
    await settle()
    inner.gate.set()
    assert (await ask(client, 4)).body == b"4"
    for each in (first, second, third):
        with pytest.raises(asyncio.CancelledError):
            await each


async def test_a_turn_that_comes_as_its_owner_leaves_goes_to_the_next():
    inner = Held()
    client = BulkheadClient(inner, at_once=1, waiting=10)
    first, second, third = (ask(client, number) for number in range(3))
    await settle()
    first.cancel()
    await asyncio.sleep(0)  # the second's turn has come, and it does not know yet
    second.cancel()
    await settle()
    assert inner.order == [b"0", b"2"]
    inner.gate.set()
    assert (await third).body == b"2"
