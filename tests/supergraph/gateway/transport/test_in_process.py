import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.in_process import InProcessClient
from supergraph.spec import PRINCIPAL_SCOPE_KEY, Principal, SubgraphName

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
ASKER = Principal("u1", "t1", frozenset({"x"}))
REQUEST = SubgraphRequest(SubgraphName("a"), b'{"query":"{ a }"}', True, ASKER)


async def answer(send: Send, body: bytes = b"{}", status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def test_the_app_gets_the_bytes_and_the_principal():
    seen: Scope = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope, message=await receive())
        await answer(send, b'{"data":1}', 201)

    assert await InProcessClient(app).send(REQUEST) == SubgraphResponse(201, b'{"data":1}')
    assert seen["message"]["body"] == REQUEST.body
    assert seen[PRINCIPAL_SCOPE_KEY] == ASKER
    assert (seen["method"], seen["path"]) == ("POST", "/graphql")


async def test_a_body_in_pieces_is_put_together():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        await send({"type": "http.response.body", "body": b"cd"})

    assert await InProcessClient(app).send(REQUEST) == SubgraphResponse(200, b"abcd")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("x"), SystemExit(3), asyncio.CancelledError(), BaseExceptionGroup("g", [SystemExit()])],
)
async def test_whatever_the_app_raises_is_a_failure_answer(error: BaseException):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    failure = await InProcessClient(app).send(REQUEST)
    assert isinstance(failure, SubgraphFailure)
    assert failure.reason is FailureReason.CRASHED


async def test_an_app_that_ends_without_an_answer_is_a_failure():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})

    failure = await InProcessClient(app).send(REQUEST)
    assert isinstance(failure, SubgraphFailure)


async def test_an_answer_without_end_is_cut_off():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x" * 100, "more_body": True})

    failure = await InProcessClient(app, answer_bytes=1000).send(REQUEST)
    assert isinstance(failure, SubgraphFailure)
    assert failure.reason is FailureReason.TOO_LARGE


async def test_what_the_app_does_after_its_answer_keeps_nobody_waiting_and_goes_on():
    done = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send)
        await asyncio.sleep(0.02)
        done.set()

    client = InProcessClient(app)
    assert await client.send(REQUEST) == SubgraphResponse(200, b"{}")
    assert not done.is_set()
    await asyncio.wait_for(done.wait(), 2)


async def test_cancelling_the_request_cancels_the_app():
    cancelled = asyncio.Event()
    began = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    asking = asyncio.ensure_future(InProcessClient(app).send(REQUEST))
    await began.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(cancelled.wait(), 2)


async def test_an_app_that_listens_on_hears_of_the_end():
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await answer(send)
        heard.append((await receive())["type"])

    client = InProcessClient(app)
    await client.send(REQUEST)
    await asyncio.sleep(0.01)
    assert heard == ["http.disconnect"]


async def test_context_variables_of_the_app_stay_with_it():
    tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="none")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        tenant.set("acme")
        await answer(send)

    await InProcessClient(app).send(REQUEST)
    assert tenant.get() == "none"
