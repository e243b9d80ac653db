import asyncio

import pytest

from supergraph.gateway.errors import refuse
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.pipeline.result_stream import TOO_SLOW, ResultStream, WaitingRoom
from supergraph.spec import RequestCode

WHY = refuse(503, "why", RequestCode.GATEWAY_STOPPING)


def result(number):
    return b'{"data":{"n":%d}}' % number


@pytest.fixture
async def freed():
    return asyncio.Event()


async def counting(freed, until=1_000_000, pause=None):
    try:
        for number in range(until):
            if pause is not None:
                await pause.wait()
            yield Executed({"n": number})
    finally:
        freed.set()


async def everything(stream):
    found = []
    while (each := await stream.next()) is not None:
        found.append(each)
    return found


async def test_results_come_in_their_order_and_then_the_end(freed):
    ended = []
    stream = ResultStream(counting(freed, 3), WaitingRoom(10, 1000), lambda: ended.append(1))
    assert await everything(stream) == [result(0), result(1), result(2)]
    assert await stream.next() is None
    assert ended == [1]


async def test_a_ready_reader_keeps_up_with_any_number_that_come_at_once(freed):
    stream = ResultStream(counting(freed, 5_000), WaitingRoom(2, 1000), lambda: None)
    assert len(await everything(stream)) == 5_000


async def test_where_the_room_is_full_the_source_is_freed_and_what_waits_is_still_given(freed):
    stream = ResultStream(counting(freed), WaitingRoom(3, 1000), lambda: None)
    await freed.wait()
    assert await everything(stream) == [result(0), result(1), result(2), TOO_SLOW]


async def test_the_room_is_measured_in_bytes_and_one_result_always_fits(freed):
    stream = ResultStream(counting(freed), WaitingRoom(1000, 5), lambda: None)
    await freed.wait()
    assert await everything(stream) == [result(0), TOO_SLOW]


async def test_an_end_from_outside_frees_the_source_and_is_said_once(freed):
    pause = asyncio.Event()
    stream = ResultStream(counting(freed, pause=pause), WaitingRoom(10, 1000), lambda: None)
    await asyncio.sleep(0)
    stream.end(WHY)
    stream.end(TOO_SLOW)
    assert await everything(stream) == [WHY]
    assert freed.is_set()


async def test_closing_frees_the_source_before_it_returns(freed):
    stream = ResultStream(counting(freed, pause=asyncio.Event()), WaitingRoom(10, 1000), lambda: None)
    await asyncio.sleep(0)
    await stream.close()
    assert freed.is_set()


async def test_a_stream_that_is_closed_before_it_began_is_counted_out(freed):
    ended = []
    stream = ResultStream(counting(freed), WaitingRoom(10, 1000), lambda: ended.append(1))
    await stream.close()
    assert ended == [1]


async def test_waiting_may_be_given_up_and_nothing_is_lost(freed):
    pause = asyncio.Event()
    stream = ResultStream(counting(freed, 1, pause), WaitingRoom(10, 1000), lambda: None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await stream.next()
    pause.set()
    assert await everything(stream) == [result(0)]


async def test_a_fault_of_our_own_is_an_answer_without_its_words(freed):
    async def faulty():
        yield Executed({"n": 0})
        raise KeyError("secret")

    [first, last] = await everything(ResultStream(faulty(), WaitingRoom(10, 1000), lambda: None))
    assert first == result(0)
    assert last.problems[0].code is RequestCode.INTERNAL_SERVER_ERROR
    assert "secret" not in last.problems[0].message
