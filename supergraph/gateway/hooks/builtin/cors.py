"""Which pages of other origins may ask, and read the answer. Spec: Fetch, `CORS protocol`."""

from collections.abc import Collection
from typing import Final

from supergraph.gateway.hooks.vocabulary import HeaderLines, HttpRequest, HttpResponse

_METHODS: Final = b"GET, POST"


class Cors:
    """Answers preflights, and says beside each answer who may read it. An origin that is not listed is told nothing."""

    __slots__ = ("_all", "_beside", "_origins", "_preflight")

    def __init__(
        self,
        origins: Collection[str],
        *,
        credentials: bool,
        request_headers: Collection[str],
        exposed_headers: Collection[str],
        max_age_seconds: int,
    ) -> None:
        """Raises ValueError where credentials are let in from everywhere."""
        self._all = "*" in origins
        if self._all and credentials:
            raise ValueError(
                "credentials together with the origin `*` would let every page act for its visitors"
            )
        self._origins = frozenset(origin.lower().encode() for origin in origins)
        allowed: HeaderLines = ((b"access-control-allow-credentials", b"true"),) if credentials else ()
        exposed = ", ".join(exposed_headers).encode()
        self._beside: HeaderLines = (
            *allowed,
            *(((b"access-control-expose-headers", exposed),) if exposed else ()),
        )
        self._preflight: HeaderLines = (
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", ", ".join(request_headers).encode()),
            (b"access-control-max-age", b"%d" % max_age_seconds),
            (b"content-length", b"0"),
        )

    def admit(self, request: HttpRequest) -> HttpResponse | None:
        """A preflight is answered here. Any other OPTIONS, as all else, goes on."""
        if request.method != "OPTIONS" or request.header(b"access-control-request-method") is None:
            return None
        # Without the header that lets the origin in, the browser stops by itself.
        return HttpResponse(204, self._preflight, b"")

    def headers(self, request: HttpRequest) -> HeaderLines:
        """Caches keep the answers for different origins apart by `vary`."""
        origin = request.header(b"origin")
        if self._all:
            return () if origin is None else ((b"access-control-allow-origin", b"*"), *self._beside)
        if origin is None or origin.lower() not in self._origins:
            return ((b"vary", b"origin"),)
        return ((b"vary", b"origin"), (b"access-control-allow-origin", origin), *self._beside)
