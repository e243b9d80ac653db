"""Answers compressed by gzip, for clients that accept it."""

import asyncio
import gzip
from dataclasses import dataclass, replace
from typing import Final

from supergraph.gateway.hooks import HttpRequest, HttpResponse

_IN_A_THREAD: Final = 128 * 1024
"""From here on compressing takes so long that others would wait for it; zlib lets them go on meanwhile."""

_VARY: Final = (b"vary", b"accept-encoding")


@dataclass(frozen=True, slots=True)
class Compression:
    """What is compressed, and how hard. Small answers would gain less than they cost."""

    smallest_bytes: int
    level: int


async def compress(response: HttpResponse, request: HttpRequest, compression: Compression) -> HttpResponse:
    """The response as the client shall have it: as it was where it is small, or gzip is not accepted."""
    if len(response.body) < compression.smallest_bytes:
        return response
    if not accepts_gzip(request.header(b"accept-encoding")):
        return replace(response, headers=(*response.headers, _VARY))
    if len(response.body) < _IN_A_THREAD:
        body = _gzip(response.body, compression.level)
    else:
        body = await asyncio.to_thread(_gzip, response.body, compression.level)
    kept = tuple(line for line in response.headers if line[0] != b"content-length")
    length = (b"content-length", b"%d" % len(body))
    return HttpResponse(response.status, (*kept, length, (b"content-encoding", b"gzip"), _VARY), body)


def accepts_gzip(accept_encoding: bytes | None) -> bool:
    """Spec: RFC 9110, 12.5.3. What is not named is not sent, though the RFC would allow it for no header at all."""
    if accept_encoding is None:
        return False
    wildcard = False
    for part in accept_encoding.decode("latin-1").lower().split(","):
        name, _, weight = part.partition(";")
        wanted = not _is_zero(weight)
        if name.strip() in {"gzip", "x-gzip"}:
            return wanted
        wildcard = wildcard or (name.strip() == "*" and wanted)
    return wildcard


def _is_zero(weight: str) -> bool:
    name, _, value = weight.partition("=")
    return name.strip() == "q" and not value.strip().strip("0.")


def _gzip(body: bytes, level: int) -> bytes:
    # Without the time of day: equal answers are equal bytes.
    return gzip.compress(body, level, mtime=0)
