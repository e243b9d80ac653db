from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supergraph.gateway.transport.event_stream import EventStreamReader, EventTooLargeError, StreamEvent

NEXT = StreamEvent("next", b'{"data":{"a":"\xc3\xa4"}}')
STREAM = b': hello\n\nevent: next\ndata: {"data":{"a":"\xc3\xa4"}}\n\n:\n\nid: 7\nretry: 10\nevent: complete\ndata:\n\n'
EVENTS = [NEXT, StreamEvent("complete", b"")]


def read(*pieces: bytes, limit: int = 1000) -> list[StreamEvent]:
    reader = EventStreamReader(limit)
    return [event for piece in pieces for event in reader.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@given(cuts=st.lists(st.integers(0, len(STREAM) + 20)))
def test_events_are_the_same_however_lines_end_and_wherever_the_pieces_are_cut(end, cuts):
    text = STREAM.replace(b"\n", end)
    at = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:stop] for start, stop in pairwise(at)]
    assert read(*pieces) == EVENTS


def test_an_event_is_given_as_soon_as_its_blank_line_is_there():
    reader = EventStreamReader(1000)
    assert list(reader.feed(b"event: next\r\ndata: 1\r\n")) == []
    assert list(reader.feed(b"\r")) == [StreamEvent("next", b"1")]
    assert list(reader.feed(b"\n")) == []


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (b"\xef\xbb\xbfdata: 1\n\n", [StreamEvent("", b"1")]),
        (b"data: a\ndata: b\n\n", [StreamEvent("", b"a\nb")]),
        (b"data:  a\n\n", [StreamEvent("", b" a")]),
        (b"data:a:b\n\n", [StreamEvent("", b"a:b")]),
        (b"data\n\n", [StreamEvent("", b"")]),
        (b"event: complete\n\n", [StreamEvent("complete", b"")]),
        (b"other: 1\n\n\n\n", []),
        (b"data: cut off", []),
        (b"data: cut off\n", []),
    ],
)
def test_fields_are_read_as_the_specification_says(text, events):
    assert read(text) == events


def test_an_event_beyond_the_limit_is_refused_and_many_small_ones_are_not():
    assert len(read(*[b"data: 12345678\n\n"] * 100, limit=10)) == 100
    assert read(*[b": a comment that is much longer than an event\n"] * 100, limit=10) == []
    for pieces in ([b"data: 12345678901\n\n"], [b"data: 12345\n"] * 3, [b"data: 12345"] * 3, [b":" * 11]):
        with pytest.raises(EventTooLargeError):
            read(*pieces, limit=10)
