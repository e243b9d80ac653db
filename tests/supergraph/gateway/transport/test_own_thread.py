"""F2: whatever a module in this process does, it does to itself: others are asked and answer meanwhile."""
# ruff: noqa: ASYNC251, BLE001 - what modules should not do is what is tested here

import asyncio
import contextvars
import itertools
import statistics
import threading
import time
from contextlib import aclosing

import pytest

from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.health_board import HealthBoard
from supergraph.gateway.transport.in_process import InProcessClient
from supergraph.gateway.transport.module_watch import ModuleWatch
from supergraph.gateway.transport.own_thread import OwnThreadClient
from supergraph.spec import SubgraphName

NAME = SubgraphName("module")
REQUEST = SubgraphRequest(NAME, b'{"query":"{ a }"}', idempotent=True)
STALL_SECONDS = 0.4


async def answer(send, body=b"{}"):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


class House:
    """A module that misbehaves while `misbehave` is set, and a good one beside it."""

    def __init__(self, misbehave, *, used_bytes=None, memory_bytes=None):
        self.misbehave = misbehave
        self.board = HealthBoard()
        self.health = self.board.add(NAME)
        sizes = {} if used_bytes is None else {"used_bytes": used_bytes}
        self.watch = ModuleWatch(STALL_SECONDS, memory_bytes, **sizes)
        self.bad = OwnThreadClient(lambda: InProcessClient(self.app), self.health, self.watch)
        self.good = OwnThreadClient(
            lambda: InProcessClient(self.good_app), self.board.add(SubgraphName("good")), self.watch
        )

    async def app(self, scope, receive, send):
        if self.misbehave is not None:
            await self.misbehave(send)
        await answer(send)

    @staticmethod
    async def good_app(scope, receive, send):
        await answer(send, b'{"good":1}')

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.bad.close()
        await self.good.close()

    async def ask_both(self):
        """The bad one's answer; and how long the good one's answers took meanwhile, as a rule."""
        asking = asyncio.create_task(self.bad.send(REQUEST))
        taken = []
        while not asking.done():
            began = time.monotonic()
            assert await self.good.send(REQUEST) == SubgraphResponse(200, b'{"good":1}')
            taken.append(time.monotonic() - began)
            await asyncio.sleep(0.005)
        return asking.result(), statistics.median(taken)


async def sleeps(send):
    time.sleep(1.2)


async def loops(send):
    while True:
        pass


async def iterates_an_endless_generator(send):
    def numbers():
        number = 0
        while True:
            yield number
            number += 1

    sum(1 for each in numbers() if each < 0)


async def makes_an_endless_list(send):
    grown = []
    while True:
        grown.append(len(grown))
        if len(grown) > 1_000_000:
            del grown[:]  # endless, and yet kind to the machine that runs the tests


async def loops_and_swallows_what_it_is_told(send):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


async def catches_the_first_interruption(send):
    try:
        while True:
            pass
    except BaseException:
        pass
    while True:
        pass


@pytest.mark.parametrize(
    "misbehave",
    [
        sleeps,
        loops,
        iterates_an_endless_generator,
        makes_an_endless_list,
        loops_and_swallows_what_it_is_told,
        catches_the_first_interruption,
    ],
)
async def test_a_module_that_holds_its_thread_is_interrupted_and_named(misbehave):
    async with House(misbehave) as house:
        failure, typical = await house.ask_both()
        assert failure.reason is FailureReason.STALLED
        # The place is told: whose code it was.
        assert misbehave.__name__ in house.health.last_failure.detail
        assert house.health.interruptions == 1
        assert typical < STALL_SECONDS / 4  # of a switch between threads, and not of a stall
        # In a fresh thread it has another chance.
        house.misbehave = None
        assert await house.bad.send(REQUEST) == SubgraphResponse(200, b"{}")


async def test_other_calls_of_a_module_that_stalls_are_answered_too():
    began = asyncio.Event()
    here = asyncio.get_running_loop()

    async def waits_then_loops(send):
        if not began.is_set():
            here.call_soon_threadsafe(began.set)
            await asyncio.sleep(60)
        time.sleep(1.0)

    async with House(waits_then_loops) as house:
        first = asyncio.create_task(house.bad.send(REQUEST))
        await began.wait()
        second = asyncio.create_task(house.bad.send(REQUEST))
        outcomes = await asyncio.wait_for(asyncio.gather(first, second), 3)
        assert [each.reason for each in outcomes] == [FailureReason.STALLED] * 2


class OwnKindOfExit(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), OwnKindOfExit("bye")])
async def test_whatever_it_raises_is_a_failure_of_that_request(error):
    async def raises(send):
        raise error

    async with House(raises) as house:
        failure, _ = await house.ask_both()
        assert failure.reason is FailureReason.CRASHED
        house.misbehave = None
        assert await house.bad.send(REQUEST) == SubgraphResponse(200, b"{}")


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), OwnKindOfExit("bye")])
async def test_what_a_task_in_the_background_raises_is_noted_and_ends_nothing(error):
    async def fails():
        raise error

    async def leaves_a_task_behind(send):
        asyncio.get_running_loop().create_task(fails())

    async with House(leaves_a_task_behind) as house:
        assert await house.bad.send(REQUEST) == SubgraphResponse(200, b"{}")
        house.misbehave = None
        for _ in range(100):
            assert await house.bad.send(REQUEST) == SubgraphResponse(200, b"{}")
            if house.health.last_failure is not None:
                break
            await asyncio.sleep(0.01)
        assert type(error).__name__ in house.health.last_failure.detail


async def test_an_answer_without_end_ends_its_app():
    ended = threading.Event()

    async def talks_on(send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
        finally:
            ended.set()

    async with House(talks_on) as house:
        failure, _ = await house.ask_both()
        assert failure.reason is FailureReason.TOO_LARGE
        assert ended.wait(1)


async def test_a_module_that_uses_up_the_memory_is_interrupted():
    used = 0

    def used_bytes():
        nonlocal used
        used += 500
        return used

    async def grows_while_it_waits(send):
        await asyncio.sleep(60)

    async with House(grows_while_it_waits, used_bytes=used_bytes, memory_bytes=1000) as house:
        asking = asyncio.create_task(house.bad.send(REQUEST))
        failure = await asyncio.wait_for(asking, 3)
        assert failure.reason is FailureReason.STALLED
        assert "memory" in house.health.last_failure.detail


async def test_memory_that_does_not_grow_is_nobodys_fault():
    async def takes_its_time(send):
        await asyncio.sleep(STALL_SECONDS * 2)

    async with House(takes_its_time, used_bytes=lambda: 5000, memory_bytes=1000) as house:
        assert await house.bad.send(REQUEST) == SubgraphResponse(200, b"{}")


async def test_a_module_that_holds_many_threads_is_asked_no_more():
    held = [True]

    async def holds_its_thread(send):
        while held:
            # Without `suppress`, a function of Python's where the interruption could come out.
            try:  # noqa: SIM105
                time.sleep(0.2)
            except BaseException:
                pass

    async with House(holds_its_thread) as house:
        for _ in range(3):
            assert (await house.bad.send(REQUEST)).reason is FailureReason.STALLED
        began = time.monotonic()
        assert (await house.bad.send(REQUEST)).reason is FailureReason.STALLED
        assert time.monotonic() - began < STALL_SECONDS / 2
        held.clear()


async def test_a_call_that_is_given_up_is_cancelled_in_its_thread():
    cancelled = threading.Event()
    began = threading.Event()

    async def waits(send):
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with House(waits) as house:
        asking = asyncio.create_task(house.bad.send(REQUEST))
        assert await asyncio.to_thread(began.wait, 2)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert cancelled.wait(2)


async def test_it_runs_elsewhere_and_knows_the_context_of_the_caller():
    trace = contextvars.ContextVar("trace")
    trace.set("t1")
    seen = []

    async def looks(send):
        seen.append((threading.current_thread() is threading.main_thread(), trace.get()))

    async with House(looks) as house:
        await house.bad.send(REQUEST)
    assert seen == [(False, "t1")]


async def events_app(scope, receive, send):
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(1, 1000):
        text = b'event: next\ndata: {"n":%d}\n\n' % number
        await send({"type": "http.response.body", "body": text, "more_body": True})
        if number == 3:
            await asyncio.sleep(60)


def subscriber(app):
    health = HealthBoard().add(NAME)
    return OwnThreadClient(lambda: InProcessClient(app), health, ModuleWatch(STALL_SECONDS, None)), health


async def test_events_come_across_in_their_order_and_leaving_ends_the_app():
    ended = threading.Event()

    async def app(scope, receive, send):
        try:
            await events_app(scope, receive, send)
        finally:
            ended.set()

    client, _ = subscriber(app)
    seen = []
    async with aclosing(client.subscribe(REQUEST)) as events:
        async for event in events:
            seen.append(event.body)
            if len(seen) == 3:
                break
    assert seen == [b'{"n":1}', b'{"n":2}', b'{"n":3}']
    assert ended.wait(2)
    await client.close()


async def test_a_subscription_ends_with_a_failure_when_its_module_stalls():
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        text = b'event: next\ndata: {"n":1}\n\n'
        await send({"type": "http.response.body", "body": text, "more_body": True})
        time.sleep(1.0)

    client, health = subscriber(app)
    async with aclosing(client.subscribe(REQUEST)) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], SubgraphFailure)
    assert seen[-1].reason is FailureReason.STALLED
    assert health.interruptions == 1
    await client.close()


async def test_a_module_that_stalls_while_only_a_subscription_waits_is_noticed():
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await asyncio.sleep(STALL_SECONDS * 2)
        time.sleep(STALL_SECONDS * 2)

    client, health = subscriber(app)
    async with aclosing(client.subscribe(REQUEST)) as events:
        [last] = [event async for event in events]
    assert last.reason is FailureReason.STALLED
    assert health.interruptions == 1
    await client.close()


async def test_memory_is_not_the_fault_of_a_subscription_that_waits():
    used = itertools.count(10_000, 500)

    async def app(scope, receive, send):
        if b"text/event-stream" not in dict(scope["headers"])[b"accept"]:
            await asyncio.sleep(60)
        await events_app(scope, receive, send)

    health = HealthBoard().add(NAME)
    watch = ModuleWatch(STALL_SECONDS, 1000, used_bytes=lambda: next(used))
    client = OwnThreadClient(lambda: InProcessClient(app), health, watch)
    async with aclosing(client.subscribe(REQUEST)) as events:
        for _ in range(3):
            await anext(events)
        waiting = asyncio.create_task(anext(events, None))
        await asyncio.sleep(STALL_SECONDS * 2)
        assert health.interruptions == 0
        assert (await client.send(REQUEST)).reason is FailureReason.STALLED
        assert (await waiting).reason is FailureReason.STALLED
    await client.close()


def test_it_answers_in_whatever_loop_it_is_asked_in():
    client, _ = subscriber(House.good_app)

    async def once():
        return await client.send(REQUEST)

    async def last():
        answer = await once()
        await client.close()
        return answer

    assert asyncio.run(once()) == asyncio.run(last()) == SubgraphResponse(200, b'{"good":1}')


async def test_closing_ends_the_thread_and_what_still_runs_in_it():
    cancelled = threading.Event()

    async def goes_on():
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    kept = []

    async def leaves_a_task_behind(send):
        kept.append(asyncio.get_running_loop().create_task(goes_on()))
        await asyncio.sleep(0)

    async with House(leaves_a_task_behind) as house:
        await house.bad.send(REQUEST)
        names = {each.name for each in threading.enumerate()}
        assert f"in-process subgraph {NAME}" in names
    assert cancelled.wait(1)
    for thread in threading.enumerate():
        if thread.name == f"in-process subgraph {NAME}":
            thread.join(2)
            assert not thread.is_alive()
    assert isinstance(await house.bad.send(REQUEST), SubgraphFailure)
