"""No page of others makes a visitor's browser ask here: what a browser sends without asking before is refused."""

from collections.abc import Collection
from typing import Final

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks.vocabulary import HttpRequest
from supergraph.spec import RequestCode

_SIMPLE_TYPES: Final = frozenset(
    {"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
)
"""Content types that a page may send without a preflight. Spec: Fetch, `CORS-safelisted request-header`."""


class CsrfPrevention:
    """A GET must have a content type that no form has, or one of `headers`: a page can send neither without a preflight.

    Of other methods nothing is executed that a page could send so: a POST is read only as `application/json`.
    """

    __slots__ = ("_headers", "_refusal")

    def __init__(self, headers: Collection[str]) -> None:
        self._headers = frozenset(name.encode() for name in headers)
        named = " or ".join(f"`{name}`" for name in headers)
        self._refusal = refuse(
            400,
            "A page of anybody could have caused this request by itself. Send a header that shows that it did not"
            + (f" ({named})," if named else ":")
            + " or the header `content-type: application/json`.",
            RequestCode.CSRF_PREVENTED,
        )

    def admit(self, request: HttpRequest) -> Refusal | None:
        """Spec: Fetch, `CORS-preflight fetch`."""
        if request.method not in {"GET", "HEAD"}:
            return None
        for name, value in request.headers:
            if name == b"content-type":
                essence = value.partition(b";")[0].strip().lower().decode("latin-1")
                if essence not in _SIMPLE_TYPES:
                    return None
            elif name in self._headers and value:
                return None
        return self._refusal
