"""What both clients over HTTP are told, and what both send."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from supergraph.gateway.hooks import SubgraphRequest

REQUEST_HEADERS: Final[Mapping[str, str]] = {
    "content-type": "application/json",
    "accept": "application/graphql-response+json, application/json;q=0.9",
    "accept-encoding": "gzip",
    "user-agent": "dovetail",
}
"""No header of the client's goes on by itself."""


@dataclass(frozen=True, slots=True)
class HttpClientSettings:
    """Bounds of one subgraph's client.

    `connections` are open at once; further requests wait. None is for those who are never asked more at once than they
    may, since somebody before them sees to it. `idle_seconds` stays below what servers grant a kept
    connection (uvicorn and Node close it after five). `answer_bytes` bounds an answer, packed or unpacked, and
    each event of a subscription. `open_seconds` is how long a subscription may take to begin. `kept_headers` are
    those of an answer that somebody wants, in lower case.
    """

    connections: int | None = 128
    idle_seconds: float = 4.0
    answer_bytes: int = 64 * 1024 * 1024
    open_seconds: float = 30.0
    kept_headers: frozenset[bytes] = frozenset()


def added_headers(request: SubgraphRequest) -> dict[str, str]:
    """What one request has beside the headers of all, for clients that take text; several of one name are one line."""
    added: dict[str, str] = {}
    for name, value in (*request.headers, *request.trace):
        key, text = name.decode("latin-1"), value.decode("latin-1")
        added[key] = f"{added[key]}{'; ' if key == 'cookie' else ', '}{text}" if key in added else text
    return added
