"""W3C trace context, by the specification's own rules."""

import pytest

from supergraph.gateway.hooks.trace_context import TraceContext, read_trace_context

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def read(*headers: tuple[str, str]) -> TraceContext:
    return read_trace_context(tuple((name.encode(), value.encode()) for name, value in headers))


def test_a_callers_trace_goes_on_with_a_span_of_our_own() -> None:
    trace = read(("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "a=1"), ("tracestate", "b=2"))
    assert (trace.trace_id, trace.parent_id, trace.caller_sampled) == (TRACE, PARENT, True)
    assert trace.span_id not in {PARENT, "0" * 16}
    assert trace.lines("a" * 16, sampled=True) == (
        (b"traceparent", f"00-{TRACE}-{'a' * 16}-01".encode()),
        (b"tracestate", b"a=1,b=2"),
    )


def test_without_a_trace_a_new_one_begins() -> None:
    first, second = read(), read()
    assert first.trace_id != second.trace_id
    assert (len(first.trace_id), len(first.span_id), first.parent_id) == (32, 16, None)
    assert first.lines(first.span_id, sampled=False) == (
        (b"traceparent", f"00-{first.trace_id}-{first.span_id}-00".encode()),
    )


@pytest.mark.parametrize(
    "value",
    [
        "",
        "garbage",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-0x",
    ],
)
def test_what_is_no_traceparent_is_passed_over(value: str) -> None:
    trace = read(("traceparent", value))
    assert (trace.parent_id, trace.caller_sampled) == (None, None)
    assert trace.trace_id != TRACE


def test_two_traceparents_are_none() -> None:
    assert read(*[("traceparent", f"00-{TRACE}-{PARENT}-01")] * 2).parent_id is None


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    trace = read(("traceparent", f"01-{TRACE}-{PARENT}-03-more"))
    assert (trace.trace_id, trace.caller_sampled) == (TRACE, True)


def test_a_long_tracestate_is_dropped_and_the_trace_goes_on() -> None:
    trace = read(("traceparent", f"00-{TRACE}-{PARENT}-00"), ("tracestate", "a=" + "x" * 600))
    assert (trace.trace_id, trace.state, trace.caller_sampled) == (TRACE, "", False)
