"""What is signed for one caller and one subgraph as a header's value, once for several requests."""

import time
from typing import Final

from supergraph.spec import ErrandSigner, Principal, PrincipalSigner

_REMEMBERED: Final = 1024


class PrincipalHeaders:
    """Signing costs more than sending a small request, so a header is used for a third of its lifetime.

    It is signed for `subgraph` alone: what one subgraph was sent, it can show to no other.
    """

    __slots__ = ("_headers", "_signer", "_subgraph")

    def __init__(self, signer: PrincipalSigner | ErrandSigner, subgraph: str) -> None:
        self._signer = signer
        self._subgraph = subgraph
        self._headers: dict[Principal, tuple[float, str]] = {}

    def value_for(self, principal: Principal) -> str:
        now = time.monotonic()
        known = self._headers.get(principal)
        if known is not None and known[0] > now:
            return known[1]
        header = self._signer.sign(principal, self._subgraph)
        self._headers.pop(principal, None)
        if len(self._headers) >= _REMEMBERED:
            del self._headers[next(iter(self._headers))]
        self._headers[principal] = (now + self._signer.lifetime / 3, header)
        return header
