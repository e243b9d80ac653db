"""Answers compressed, for those who accept it, where it is worth it."""

import gzip
import json

import pytest

from supergraph.gateway import GatewaySettings
from supergraph.gateway.hooks import HttpRequest, HttpResponse
from supergraph.gateway.pipeline.compression import Compression, accepts_gzip, compress

LARGE = json.dumps({"data": {"items": [f"item {number}" for number in range(1000)]}}).encode()


def response(body: bytes) -> HttpResponse:
    headers = ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)))
    return HttpResponse(200, headers, body)


def asked(accept_encoding: bytes | None) -> HttpRequest:
    headers = () if accept_encoding is None else ((b"accept-encoding", accept_encoding),)
    return HttpRequest("POST", b"", headers, b"")


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        (None, False),
        (b"", False),
        (b"identity", False),
        (b"gzip", True),
        (b"GZip;q=0.1", True),
        (b"deflate, gzip, br", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000, *", False),
        (b"*;q=0", False),
        (b"br;q=1.0, *;q=0.5", True),
    ],
)
def test_what_a_client_accepts(accept_encoding, expected):
    assert accepts_gzip(accept_encoding) is expected


async def test_a_large_answer_is_compressed_and_says_so():
    found = await compress(response(LARGE), asked(b"gzip"), Compression(smallest_bytes=100, level=1))
    headers = dict(found.headers)
    assert gzip.decompress(found.body) == LARGE
    assert headers[b"content-encoding"] == b"gzip"
    assert int(headers[b"content-length"]) == len(found.body) < len(LARGE) / 3
    assert [name for name, _ in found.headers].count(b"content-length") == 1
    assert headers[b"vary"] == b"accept-encoding"


async def test_a_very_large_answer_is_compressed_just_so():
    body = LARGE * 20
    found = await compress(response(body), asked(b"gzip"), Compression(smallest_bytes=100, level=1))
    assert gzip.decompress(found.body) == body


async def test_caches_keep_apart_who_accepts_it_and_who_does_not():
    found = await compress(response(LARGE), asked(None), Compression(smallest_bytes=100, level=1))
    assert (found.body, dict(found.headers)[b"vary"]) == (LARGE, b"accept-encoding")


async def test_a_small_answer_is_left_alone():
    small = response(b"{}")
    assert await compress(small, asked(b"gzip"), Compression(smallest_bytes=100, level=1)) is small


@pytest.fixture
def subgraphs(graphql_subgraph):
    sdl = "type Query { items(count: Int!): [String] } type Subscription { ticks: Int }"
    return {"a": graphql_subgraph(sdl, {"Query.items": lambda _, __, count: ["x" * 20] * count})}


async def test_over_the_wire(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs)
    for count, encoding in ((1, None), (1000, "gzip")):
        answer = await gateway.ask("query($n: Int!) { items(count: $n) }", {"n": count})
        assert len(answer.data["items"]) == count
        assert answer.headers.get("content-encoding") == encoding


async def test_it_can_be_switched_off(open_gateway, subgraphs):
    gateway = await open_gateway(
        subgraphs, settings=GatewaySettings(http={"compression": {"enabled": False}})
    )
    answer = await gateway.ask("query($n: Int!) { items(count: $n) }", {"n": 1000})
    assert "content-encoding" not in answer.headers


async def test_a_compressed_body_is_refused_unread(open_gateway, subgraphs):
    """C5: a gzip bomb is never unpacked."""
    gateway = await open_gateway(subgraphs)
    bomb = gzip.compress(b'{"query":"{ __typename }", "x":"' + b"0" * 20_000_000 + b'"}')
    answer = await gateway.send(
        data=bomb, headers={"content-type": "application/json", "content-encoding": "gzip"}
    )
    assert answer.status == 415
