"""The ASGI specification's own types: a scope and its messages hold values of any type."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def peer_of(scope: Scope) -> str | None:
    """The network address of who is connected. Over a local socket there is none."""
    client = scope.get("client")
    return client[0] if client else None
