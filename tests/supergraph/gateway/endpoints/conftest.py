"""Clients of each protocol that subscriptions are served over, written from the protocols' pages alone."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest


@dataclass
class SocketClient:
    """A client's side of graphql-transport-ws, message by message."""

    socket: aiohttp.ClientWebSocketResponse

    async def say(self, **message: Any) -> None:
        await self.socket.send_json(message)

    async def hear(self) -> Any:
        return await self.socket.receive_json(timeout=3)

    async def init(self, payload: Any = None) -> None:
        await self.say(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, id_: str, query: str, variables: Any = None) -> None:
        await self.say(id=id_, type="subscribe", payload={"query": query, "variables": variables})

    async def closed(self) -> tuple[int | None, str]:
        """The code and the reason of the server's close; what comes before it is passed over."""
        while (message := await self.socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}, message
        return self.socket.close_code, message.extra or ""


OpenSocket = Callable[..., Awaitable[SocketClient]]


@pytest.fixture
async def open_socket() -> AsyncIterator[OpenSocket]:
    async with AsyncExitStack() as stack:

        async def open_(gateway: Any, *, init: Any = False, **options: Any) -> SocketClient:
            options.setdefault("protocols", ("graphql-transport-ws",))
            socket = await gateway.session.ws_connect(gateway.url + "/graphql", **options)
            stack.push_async_callback(socket.close)
            client = SocketClient(socket)
            if init is not False:
                await client.init(init)
            return client

        yield open_


async def over_socket(gateway: Any, query: str, variables: Any, headers: Any) -> AsyncIterator[Any]:
    options = {"protocols": ("graphql-transport-ws",), "headers": headers}
    async with gateway.session.ws_connect(gateway.url + "/graphql", **options) as socket:
        await socket.send_json({"type": "connection_init"})
        async for received in socket:
            match received.json():
                case {"type": "connection_ack"}:
                    payload = {"query": query, "variables": variables}
                    await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
                case {"type": "next", "id": "1", "payload": result}:
                    yield result
                case {"type": "error", "id": "1", "payload": errors}:
                    yield {"errors": errors}
                    return
                case {"type": "complete", "id": "1"}:
                    return
                case other:
                    raise AssertionError(other)
        yield {"closed": socket.close_code}


async def over_sse(gateway: Any, query: str, variables: Any, headers: Any) -> AsyncIterator[Any]:
    body = {"query": query, "variables": variables}
    sent = {**headers, "accept": "text/event-stream"}
    async with gateway.session.post(gateway.url + "/graphql", json=body, headers=sent) as response:
        if response.content_type == "application/json":
            yield {"status": response.status, **await response.json()}
            return
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        text = b""
        async for piece in response.content.iter_any():
            text += piece
            while b"\n\n" in text:
                block, text = text.split(b"\n\n", 1)
                match block.split(b"\n"):
                    case [b":"]:
                        pass
                    case [b"event: next", data]:
                        yield json.loads(data.removeprefix(b"data: "))
                    case [b"event: complete", b"data:"]:
                        return
                    case other:
                        raise AssertionError(other)
        raise AssertionError("no event `complete`")


async def over_multipart(gateway: Any, query: str, variables: Any, headers: Any) -> AsyncIterator[Any]:
    body = {"query": query, "variables": variables}
    sent = {**headers, "accept": 'multipart/mixed;subscriptionSpec="1.0", application/json'}
    async with gateway.session.post(gateway.url + "/graphql", json=body, headers=sent) as response:
        if response.content_type == "application/json":
            yield {"status": response.status, **await response.json()}
            return
        assert response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
        text = b"\r\n"
        async for piece in response.content.iter_any():
            text += piece
            while b"\r\n--graphql" in text:
                part, text = text.split(b"\r\n--graphql", 1)
                if part:
                    head, content = part.split(b"\r\n\r\n")
                    assert head == b"\r\ncontent-type: application/json"
                    match json.loads(content):
                        case {"payload": None, "errors": errors}:
                            yield {"errors": errors}
                        case {"payload": payload}:
                            yield payload
                        case heartbeat:
                            assert heartbeat == {}
        assert text == b"--\r\n", text


@pytest.fixture(params=[over_socket, over_sse, over_multipart], ids=["websocket", "sse", "multipart"])
def results_of(request: pytest.FixtureRequest) -> Callable[..., AsyncIterator[Any]]:
    """What a client reads of an operation, by each of the protocols that subscriptions are served over.

    An answer in plain JSON bears its `status`, and a socket that is closed gives `closed` with the code.
    """

    def results(
        gateway: Any,
        query: str,
        variables: Any = None,
        *,
        scopes: str | None = None,
        token: str | None = None,
    ) -> AsyncIterator[Any]:
        if scopes is not None:
            token = gateway.token(scopes)
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return request.param(gateway, query, variables, headers)

    return results
