"""An answer that is there as a whole is one piece on its connection; all others go out as uvicorn sends them."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from supergraph.cli.http_exchange import WholeAnswerCycle, read_target

LOG = logging.getLogger("uvicorn.error")


@dataclass
class Written:
    """A transport that keeps the pieces it is given."""

    pieces: list[bytes] = field(default_factory=list)
    closed: bool = False

    def write(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def answer(*messages: Any, method: str = "GET", keep_alive: bool = True) -> Written:
    written: Any = Written()
    cycle = WholeAnswerCycle(
        {"type": "http", "method": method},  # type: ignore[typeddict-item] # all that an answer looks at
        *(written, FlowControl(written), LOG, LOG, False, [(b"date", b"now")], asyncio.Event()),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )
    for message in messages:
        await cycle.send(message)
    assert cycle.response_complete
    return written


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(content: bytes, *, more: bool = False) -> dict[str, object]:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def test_a_whole_answer_is_one_piece():
    written = await answer(start((b"content-length", b"2")), body(b"{}"))
    assert written.pieces == [b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 2\r\n\r\n{}"]
    assert not written.closed


async def test_an_answer_in_parts_is_sent_part_by_part():
    written = await answer(start((b"content-length", b"2")), body(b"{", more=True), body(b"}"))
    assert written.pieces[1:] == [b"{", b"}"]


async def test_the_head_of_a_stream_goes_out_before_there_is_a_body():
    written = await answer(start(), body(b"a", more=True), body(b""))
    assert written.pieces[0].endswith(b"transfer-encoding: chunked\r\n\r\n")
    assert written.pieces[1:] == [b"1\r\na\r\n", b"0\r\n\r\n"]


async def test_to_head_no_body_is_sent():
    written = await answer(start((b"content-length", b"2")), body(b"{}"), method="HEAD")
    assert b"{}" not in b"".join(written.pieces)


async def test_a_connection_that_ends_is_told_and_closed():
    written = await answer(start((b"content-length", b"2")), body(b"{}"), keep_alive=False)
    assert b"connection: close\r\n" in b"".join(written.pieces)
    assert written.closed


async def test_a_failure_between_head_and_body_is_answered_in_place_of_both():
    failed = start((b"content-length", b"5"), status=500)
    written = await answer(start((b"content-length", b"2")), failed, body(b"sorry"))
    assert b"".join(written.pieces).startswith(b"HTTP/1.1 500 ")
    assert b"200" not in b"".join(written.pieces)


@pytest.mark.parametrize("header", [(b"x", b"1\r\nset-cookie: a=b"), (b"x\r\ny", b"1")])
async def test_no_header_ends_itself_and_begins_another(header):
    with pytest.raises(RuntimeError, match="header"):
        await answer(start((b"content-length", b"2"), header), body(b"{}"))


async def test_an_answer_of_another_length_than_announced_is_a_fault():
    with pytest.raises(RuntimeError, match="shorter"):
        await answer(start((b"content-length", b"3")), body(b"{}"))


def test_an_address_is_read_in_its_parts():
    assert read_target(b"/a%20b?c=d") == ("/a b", b"/a%20b", b"c=d")
    assert read_target(b"/" + b"a" * 500) == ("/" + "a" * 500, b"/" + b"a" * 500, b"")
