"""A registry over HTTP, as it is and as it should not be."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from supergraph.gateway import SupergraphAddress, SupergraphUnavailableError
from supergraph.gateway.sources.polling import back_off


@dataclass
class Registry:
    """Answers as its fields say; `asked` holds the headers of each request."""

    content: bytes = b"first"
    etag: str | None = '"1"'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    asked: list[Any] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers)
        await asyncio.sleep(self.delay)
        headers = dict(self.headers)
        if self.etag is not None:
            headers["etag"] = self.etag
            if request.headers.get("if-none-match") == self.etag:
                return web.Response(status=304, headers=headers)
        return web.Response(status=self.status, body=self.content, headers=headers)


@asynccontextmanager
async def serving(registry: Registry) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/graph", registry.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/graph"
    finally:
        await runner.cleanup()


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    found = Registry()
    async with serving(found) as url:
        found.url = url
        yield found


def source(registry: Any, **options: Any) -> SupergraphAddress:
    return SupergraphAddress(registry.url, **{"seconds": 0.01, "timeout_seconds": 2.0, **options})


async def read(wanted: SupergraphAddress) -> Any:
    return await asyncio.to_thread(wanted.read)


async def next_of(documents: Any) -> Any:
    async with asyncio.timeout(5):
        return await anext(documents)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.005)


async def test_the_first_document_and_its_signature(registry):
    registry.headers["dovetail-signature"] = "c2ln"
    found = await read(source(registry))
    assert (found.content, found.signature) == (b"first", "c2ln")


async def test_it_may_be_read_where_an_event_loop_runs(registry):
    """`dovetail dev` and tests build gateways in a loop. The registry here is in that very loop, so a read would block it."""
    with pytest.raises(SupergraphUnavailableError, match="no answer within"):
        source(registry, timeout_seconds=0.05).read()


async def test_what_is_known_is_not_sent_again(registry):
    async with aclosing(source(registry).documents(asyncio.Event())) as documents:
        assert (await next_of(documents)).content == b"first"
        waiting = asyncio.ensure_future(anext(documents))
        await until(lambda: len(registry.asked) > 3)
        assert not waiting.done()
        assert [asked.get("if-none-match") for asked in registry.asked[:3]] == [None, '"1"', '"1"']
        registry.content, registry.etag = b"second", '"2"'
        assert (await asyncio.wait_for(waiting, 5)).content == b"second"


async def test_the_token_goes_along_and_is_read_each_time(registry):
    tokens = iter(["one", "two", *["three"] * 1000])
    async with aclosing(source(registry, token=lambda: next(tokens)).documents(asyncio.Event())) as documents:
        await next_of(documents)
        waiting = asyncio.ensure_future(anext(documents))
        await until(lambda: len(registry.asked) > 2)
        waiting.cancel()
        await asyncio.wait((waiting,))
    assert [each["authorization"] for each in registry.asked[:2]] == ["Bearer one", "Bearer two"]


async def test_the_token_does_not_follow_a_redirection(registry):
    elsewhere = Registry()
    async with serving(elsewhere) as url:
        registry.status, registry.headers["location"] = 302, url
        with pytest.raises(SupergraphUnavailableError, match="302: give the address that it leads to"):
            await read(source(registry, token=lambda: "secret"))
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": 500}, "status 500"),
        ({"status": 401}, "status 401: is the token the right one"),
        ({"content": b" "}, "the answer is empty"),
        ({"content": b"x" * 2000}, "larger than the 1000 bytes"),
        ({"content": gzip.compress(b"x" * 100_000), "headers": {"content-encoding": "gzip"}}, "larger than"),
        ({"delay": 1.0}, "no answer within 0.2 s"),
    ],
)
async def test_what_a_registry_may_do_wrong_is_one_line(registry, change, why):
    for name, value in change.items():
        setattr(registry, name, value)
    with pytest.raises(SupergraphUnavailableError, match=why) as raised:
        await read(source(registry, document_bytes=1000, timeout_seconds=0.2))
    assert "\n" not in str(raised.value)


async def test_nobody_there(registry):
    with pytest.raises(SupergraphUnavailableError, match="cannot be reached"):
        await read(SupergraphAddress("http://127.0.0.1:9/graph"))


async def test_after_a_failure_it_goes_on(registry):
    registry.status = 503
    async with aclosing(source(registry, longest_seconds=0.05).documents(asyncio.Event())) as documents:
        assert isinstance(await next_of(documents), SupergraphUnavailableError)
        assert isinstance(await next_of(documents), SupergraphUnavailableError)
        registry.status = 200
        while isinstance(found := await next_of(documents), SupergraphUnavailableError):
            pass
        assert found.content == b"first"


def test_failures_in_a_row_make_it_rarer_up_to_a_bound_and_by_chance():
    pauses = [[back_off(2.0, failures, 60.0) for _ in range(200)] for failures in (0, 1, 3, 40)]
    for found, wanted in zip(pauses, (2, 4, 16, 60), strict=True):
        assert wanted / 2 <= min(found) < wanted < max(found) <= wanted * 1.5


def test_secrets_in_the_address_are_not_told():
    told = SupergraphAddress("https://user:secret@registry.example/graph?key=secret", token=lambda: "secret")
    assert "secret" not in str(told)
    assert str(told) == "https://registry.example/graph"
