"""Takes a protection out of the code for a while: a proof that still holds without it has proved nothing."""

import inspect
import textwrap
from collections.abc import Awaitable, Callable
from typing import Any

import pytest


def take_away(
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[..., Any] | property,
    protection: str,
    instead: str = "",
) -> None:
    """Let `function` go on without a piece of its source, for whoever calls it and by whatever name, until the test ends.

    The piece stands there exactly once: a test whose protection has moved fails, rather than take nothing away.
    """
    function = _bare(function)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(protection) == 1, f"{function.__qualname__} has not once: {protection}"
    names: dict[str, Any] = {}
    exec(source.replace(protection, instead), dict(function.__globals__), names)
    monkeypatch.setattr(function, "__code__", _bare(names[function.__name__]).__code__)


def _bare(function: Any) -> Any:
    """Without what decorates it."""
    return inspect.unwrap(function.fget if isinstance(function, property) else function)


async def assert_notices(proof: Awaitable[None]) -> None:
    """A proof, which a test is, fails: by what it compares, or by looking for the code of a refusal that is not there."""
    with pytest.raises((AssertionError, KeyError, pytest.fail.Exception)):
        await proof
