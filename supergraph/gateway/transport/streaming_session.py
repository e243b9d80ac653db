"""The session that long-lived connections to subgraphs are opened in."""

import socket
from typing import Final

import aiohttp

_SILENT_SECONDS: Final = 30
_PROBES: Final = 3


def open_streaming_session() -> aiohttp.ClientSession:
    """Without a bound on connections: how many subscriptions there are is bounded where clients open them."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=_probed_socket),
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    )


def _probed_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """A stream may well be silent for hours. So the kernel asks whether the other side is still there."""
    opened = socket.socket(*address[:3])
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", _SILENT_SECONDS),
        ("TCP_KEEPINTVL", _SILENT_SECONDS // _PROBES),
        ("TCP_KEEPCNT", _PROBES),
    ):
        if hasattr(socket, option):  # not every platform has all three
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return opened
