"""Where a request says who asks: in `authorization`, or in `x-api-key`; never in both, and never twice."""

from typing import Final

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import HeaderLines
from supergraph.gateway.pipeline.identity.refusals import AMBIGUOUS
from supergraph.spec import API_KEY_HEADER

API_KEY_SCHEME: Final = "ApiKey"
"""`x-api-key: dk_…` is read as `authorization: ApiKey dk_…`, so that all that follows has one text to look at."""

_API_KEY_HEADER: Final = API_KEY_HEADER.encode()
_API_KEY_SCHEME: Final = API_KEY_SCHEME.encode()


def read_credential(headers: HeaderLines) -> bytes | Refusal | None:
    """What stands in `authorization`, or would; None where nothing is said of who asks."""
    found: bytes | None = None
    for name, value in headers:
        if name == b"authorization":
            credential = value
        elif name == _API_KEY_HEADER:
            credential = b"%b %b" % (_API_KEY_SCHEME, value)
        else:
            continue
        if found is not None:
            return AMBIGUOUS
        found = credential
    return found
