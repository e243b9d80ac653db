"""What becomes of a log line before it is written: whose request it is about, and nothing secret.

These are processors of structlog's, for whoever configures it. Secrets are known by the names they bear and by their
shapes; of exceptions only the kind and the places are told, since their messages quote what clients sent.
"""

import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from traceback import walk_tb
from types import TracebackType
from typing import Any, Final

from supergraph.gateway.hooks import FailureReason, record_if_any
from supergraph.spec import API_KEY_PREFIX

# structlog's own types: an event holds values of any type, and the first argument is whatever logger there is.
Event = MutableMapping[str, Any]

REDACTED: Final = "[redacted]"

_SECRET_NAMES: Final = re.compile(
    r"authorization|cookie|passw|secret|api[-_]?key|credential|private[-_]?key|dovetail-principal"
    r"|(^|[-_.])(token|jwt)$|^(variables|headers|body|query|document|representations)$",
    re.IGNORECASE,
)
_SECRET_SHAPES: Final = re.compile(
    r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|\b(?:bearer|basic|digest)\s+[\w.~+/=-]{6,}"
    rf"|\b{API_KEY_PREFIX}[a-z0-9]{{8,32}}_[\w-]{{32,128}}"  # an API key of our own
    r"|(?<=://)[^\s/@]*:[^\s/@]*(?=@)"  # a login in an address
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.IGNORECASE | re.DOTALL,
)
_DEEPEST: Final = 6
_LONGEST_NAME: Final = 128
_MOST_FRAMES: Final = 30


def add_request(_: object, __: str, event: Event) -> Event:
    """Trace, request, tenant and operation of whatever request the line is logged for."""
    record = record_if_any()
    if record is None:
        return event
    event.setdefault("trace_id", record.trace.trace_id)
    event.setdefault("span_id", record.trace.span_id)
    event.setdefault("request_id", record.request_id)
    if record.principal.tenant is not None:
        event.setdefault("tenant", record.principal.tenant)
    operation = record.operation
    if operation is not None:
        event.setdefault("operation_type", operation.type)
        if operation.name is not None:
            event.setdefault("operation", operation.name[:_LONGEST_NAME])
        if operation.hash:
            event.setdefault("operation_hash", operation.hash)
    return event


def describe_exceptions(_: object, __: str, event: Event) -> Event:
    """Turns `exc_info` into the exception's kind and places. Its words are left out: they may quote anything."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = _describe(error, _DEEPEST)
    if event.get("reason") == FailureReason.CRASHED.value:
        # What a module raised, as `repr` writes it: the kind, then the words.
        event["detail"] = str(event.get("detail", "")).partition("(")[0]
    return event


def _describe(error: BaseException, deep: int) -> dict[str, object]:
    described: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": _places(error.__traceback__),
    }
    if deep and isinstance(error, BaseExceptionGroup):
        described["exceptions"] = [_describe(each, deep - 1) for each in error.exceptions]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if deep and cause is not None:
        described["cause"] = _describe(cause, deep - 1)
    return described


def _exception(given: object) -> BaseException | None:
    match given:
        case BaseException():
            return given
        case (_, BaseException() as error, _):
            return error
        case None | False | 0:
            return None
        case _:
            return sys.exc_info()[1]


def _places(traceback: TracebackType | None) -> list[str]:
    """Outermost first; module, line and function: paths are this machine's concern."""
    frames = list(walk_tb(traceback))[-_MOST_FRAMES:]
    return [
        f"{frame.f_globals.get('__name__', '?')}:{line} in {frame.f_code.co_qualname}"
        for frame, line in frames
    ]


def redact(_: object, __: str, event: Event) -> Event:
    """Take secrets out, whichever part of the line they stand in."""
    for name, value in event.items():
        event[name] = _redacted(name, value, _DEEPEST)
    return event


def _redacted(name: str, value: object, deep: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return (
            REDACTED
            if _SECRET_NAMES.search(name) and not isinstance(value, bool) and value is not None
            else value
        )
    if _SECRET_NAMES.search(name):
        return REDACTED
    if isinstance(value, str):
        return _SECRET_SHAPES.sub(REDACTED, value)
    if deep and isinstance(value, Mapping):
        return {str(key): _redacted(str(key), each, deep - 1) for key, each in value.items()}
    if deep and isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        return [_redacted("", each, deep - 1) for each in value]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return _SECRET_SHAPES.sub(REDACTED, text)


def keep_first_line(_: object, __: str, event: Event) -> Event:
    """Of what libraries log: further lines hold the words of exceptions."""
    event["event"] = str(event.get("event", "")).partition("\n")[0]
    return event
