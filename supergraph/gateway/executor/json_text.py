"""JSON at the edges. orjson does the work; the standard library steps in for integers that 64 bits cannot hold."""

import json
from typing import Final

import orjson

_DIGITS_TO_ZERO: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LONG: Final = b"0" * 19


def holds_long_integer(text: bytes) -> bool:
    """True where a run of digits may be beyond 64 bits: orjson would read it as a float. May be true needlessly."""
    return _LONG in text.translate(_DIGITS_TO_ZERO)


def read_exactly(text: bytes) -> object:
    """Read JSON that orjson has already accepted, integers of any size kept. Raises ValueError, RecursionError."""
    return json.loads(text)


def write_json(value: object) -> bytes:
    """`value` as JSON. Raises TypeError or ValueError for what JSON has no form for."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, or more than 254 levels: orjson has no option for either
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
