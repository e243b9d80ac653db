"""What remembers or shares on behalf of somebody, and that it does so by tenant: E5.

Each is asked for the same person in two tenants, who differ in nothing else. Without the tenant in the key they are one:
the mutation makes principals equal that differ in it, and must be noticed by each of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation_subgraph.kit.testing import ACME, GLOBEX, principal
from supergraph.gateway.transport.client import SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.coalescing import CoalescingClient
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.spec import Principal, PrincipalSigner, PrincipalVerifier, SubgraphName

HERE, THERE = (principal("customers:read", tenant=tenant) for tenant in (ACME, GLOBEX))


async def tenants_by_header() -> list[str | None]:
    """The tenants that a subgraph reads in the headers that a gateway has signed for both; headers are used again."""
    key = Ed25519PrivateKey.generate()
    headers = PrincipalHeaders(PrincipalSigner(key), "customers")
    verifier = PrincipalVerifier([key.public_key()], "customers")
    return [verifier.verify(headers.value_for(one)).tenant for one in (HERE, THERE, HERE, THERE)]


@dataclass
class Echo:
    """A subgraph that tells whoever asks for which tenant they did, once it may."""

    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        await self.go.wait()
        return SubgraphResponse(200, str(request.principal.tenant).encode())


async def tenants_in_flight() -> list[str | None]:
    """The tenants of whose requests in flight each of four is given the answer."""
    echo = Echo()
    client = CoalescingClient(echo)  # type: ignore[arg-type] # it is asked alone
    request = SubgraphRequest(SubgraphName("customers"), b"{}", idempotent=True, principal=HERE)
    asked = [
        asyncio.ensure_future(client.send(replace(request, principal=one)))
        for one in (HERE, THERE, HERE, THERE)
    ]
    await asyncio.sleep(0)
    echo.go.set()
    answers = await asyncio.gather(*asked)
    return [one.body.decode() for one in answers if isinstance(one, SubgraphResponse)]


CACHES = [tenants_by_header, tenants_in_flight]
Told = Callable[[], Awaitable[list[str | None]]]


@pytest.mark.parametrize("told", CACHES)
async def test_nothing_is_shared_between_two_tenants_of_one_person(told: Told) -> None:
    assert await told() == [str(ACME), str(GLOBEX)] * 2


@pytest.mark.parametrize("told", CACHES)
async def test_a_key_without_the_tenant_is_noticed(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutation: `Principal` is compared by all but its tenant."""
    monkeypatch.setattr(Principal, "__eq__", lambda one, other: one.subject == other.subject)
    monkeypatch.setattr(Principal, "__hash__", lambda one: hash(one.subject))
    assert await told() != [str(ACME), str(GLOBEX)] * 2


async def test_a_verifier_remembers_headers_by_their_whole_text() -> None:
    """Of two headers that differ only in the tenant and the signature, neither stands for the other."""
    key = Ed25519PrivateKey.generate()
    signer, verifier = PrincipalSigner(key), PrincipalVerifier([key.public_key()], "customers")
    for one in (HERE, THERE, HERE):
        assert verifier.verify(signer.sign(one, "customers")) == one
