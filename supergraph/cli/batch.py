"""JSON lines in, JSON lines out: each answer is written and flushed before the next line is read."""

import sys
from collections.abc import Callable

import orjson

from supergraph.cli.failure import CommandError


def run_batch(answer: Callable[[bytes], str]) -> int:
    """Answer each line of standard input with a line. One that meets a fault of ours must not cost the others."""
    if sys.stdin is None or sys.stdin.closed:
        raise CommandError("`--batch` reads JSON lines from standard input, and there is none")
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.write(_answer(line, answer) + "\n")
            sys.stdout.flush()
    return 0


def _answer(line: bytes, answer: Callable[[bytes], str]) -> str:
    try:
        return answer(line)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next line has its turn
        fault = f"a fault of dovetail's own: {type(error).__name__}: {error}"
        return orjson.dumps({"id": _identity(line), "error": fault}).decode()


def _identity(line: bytes) -> object:
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return case.get("id") if isinstance(case, dict) else None
