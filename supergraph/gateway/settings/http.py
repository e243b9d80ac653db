"""GraphQL over HTTP: what is taken, and what is said beside the answer."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field, PositiveInt

from supergraph.gateway.settings.section import Settings

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ORIGIN: Final = re.compile(r"\*|https?://[^/\s?#]+", re.IGNORECASE)


def _header_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` is no name of a header")
    return name.lower()


def _header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("a header's value is printable ASCII, on one line")
    return value


def _origin(origin: str) -> str:
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(
            f"`{origin}` is no origin: write scheme and host, such as https://shop.example, or *"
        )
    return origin.lower()


HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Origin = Annotated[str, AfterValidator(_origin)]


class BatchingSettings(Settings):
    """Several operations in one POST, as a JSON list. Limits count for the whole of it."""

    enabled: bool = Field(default=False, description="Whether a list of operations is taken.")
    operations: PositiveInt = Field(default=10, description="How many operations a list may have.")


class CompressionSettings(Settings):
    """Compression of answers by gzip, for clients that accept it. Streams are never compressed."""

    enabled: bool = Field(default=True, description="Whether answers are compressed.")
    smallest_bytes: PositiveInt = Field(
        default=2048, description="From how many bytes on an answer is worth compressing."
    )
    level: int = Field(default=1, ge=1, le=9, description="How hard to compress: 1 is fastest, 9 smallest.")


class CsrfSettings(Settings):
    """Protection against pages of others that make a visitor's browser ask here."""

    enabled: bool = Field(
        default=True,
        description="Whether a request that any page could cause without a preflight is refused. A GET then needs one "
        "of `headers`, or a content type that no form can have.",
    )
    headers: tuple[HeaderName, ...] = Field(
        default=("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name"),
        description="Headers that show, by being there, that the browser has asked before (by a preflight).",
    )


class CorsSettings(Settings):
    """Which pages of other origins may read answers. None, unless it is said here."""

    origins: tuple[Origin, ...] = Field(
        default=(), description="Origins such as `https://shop.example`, or `*` for all of them."
    )
    credentials: bool = Field(
        default=False,
        description="Whether the browser may send cookies and the like along; never together with the origin `*`.",
    )
    request_headers: tuple[HeaderName, ...] = Field(
        default=(
            "authorization",
            "content-type",
            "graphql-require-preflight",
            "apollo-require-preflight",
            "x-apollo-operation-name",
        ),
        description="Headers that a page may send.",
    )
    exposed_headers: tuple[HeaderName, ...] = Field(
        default=("retry-after",), description="Headers of the answer that a page may read."
    )
    max_age_seconds: int = Field(
        default=7200, ge=0, description="How many seconds a browser may remember the answer to a preflight."
    )


class HttpSettings(Settings):
    """How GraphQL is spoken over HTTP."""

    batching: BatchingSettings = BatchingSettings()
    compression: CompressionSettings = CompressionSettings()
    csrf: CsrfSettings = CsrfSettings()
    cors: CorsSettings = CorsSettings()
    headers: Mapping[HeaderName, HeaderValue] = Field(
        default={"x-content-type-options": "nosniff", "cache-control": "no-store"},
        description="Headers that every answer of the GraphQL endpoint has, unless it says otherwise itself.",
    )
