"""Which trace a request belongs to: the headers `traceparent` and `tracestate`, read, continued and made.

Spec: https://www.w3.org/TR/trace-context/, version 00. Nothing here needs a tracing library.
"""

import re
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Final

from supergraph.gateway.hooks.vocabulary import HeaderLines

_SAMPLED: Final = 1
_MOST_STATE: Final = 512
"""Characters of `tracestate` that everybody must pass on; what is longer may be dropped, and is."""

_TRACEPARENT: Final = re.compile(
    rb"\s*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?\s*", re.DOTALL
)
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16
# Identifiers must not collide, and need not be secret.
_random: Final = Random(SystemRandom().getrandbits(128))  # noqa: S311


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A place in a trace. `span_id` is that of our own span, `parent_id` the caller's; both as hexadecimal digits.

    `caller_sampled` is what the caller said of recording; None where it said nothing.
    """

    trace_id: str
    span_id: str
    parent_id: str | None = None
    caller_sampled: bool | None = None
    state: str = ""

    def below(self) -> "TraceContext":
        """A place of its own within this one."""
        return TraceContext(self.trace_id, new_span_id(), self.span_id, self.caller_sampled, self.state)

    def lines(self, span_id: str, *, sampled: bool) -> HeaderLines:
        """The headers that hand the trace on, from the span `span_id`."""
        flags = "01" if sampled else "00"
        parent = (b"traceparent", f"00-{self.trace_id}-{span_id}-{flags}".encode("ascii"))
        return (parent, (b"tracestate", self.state.encode("ascii"))) if self.state else (parent,)


def read_trace_context(headers: HeaderLines) -> TraceContext:
    """The caller's trace, continued; a new one where the caller has none, or none that can be read."""
    parents = [value for name, value in headers if name == b"traceparent"]
    if not parents:
        return TraceContext(new_trace_id(), new_span_id())
    found = _TRACEPARENT.fullmatch(parents[0]) if len(parents) == 1 else None
    if found is None:
        return TraceContext(new_trace_id(), new_span_id())
    version, trace, parent, flags, more = found.groups()
    trace_id, parent_id = trace.decode(), parent.decode()
    is_other = version == b"ff" or (version == b"00" and more is not None)
    if is_other or trace_id == _NO_TRACE or parent_id == _NO_SPAN:
        return TraceContext(new_trace_id(), new_span_id())
    return TraceContext(
        trace_id, new_span_id(), parent_id, bool(int(flags, 16) & _SAMPLED), _read_state(headers)
    )


def new_trace_id() -> str:
    return f"{_random.getrandbits(128) or 1:032x}"


def new_span_id() -> str:
    return f"{_random.getrandbits(64) or 1:016x}"


def _read_state(headers: HeaderLines) -> str:
    state = b",".join(value.strip() for name, value in headers if name == b"tracestate")
    if len(state) > _MOST_STATE or not state.isascii():
        return ""
    return state.decode("ascii")
