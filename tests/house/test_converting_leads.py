"""A lead becomes a customer: the real gateway, both modules and one database, in this process."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from sqlalchemy import select

from foundation_subgraph.kit.testing import ACME, SOMEBODY, ThrowAwayDatabase, database_fixture
from module_subgraphs.customers import subgraph as customers
from module_subgraphs.customers.tables import CustomerRow
from module_subgraphs.leads import subgraph as leads
from module_subgraphs.leads.service import LeadValues, add_lead
from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import (
    GatewaySettings,
    GivenSupergraph,
    LocalKeys,
    TokenRules,
    TrustedIssuer,
    build_app,
)
from supergraph.spec import PrincipalSigner

database = database_fixture(leads, customers)

SCOPES = "leads:read leads:write customers:read customers:write"
CONVERT = """mutation ($id: ID!) { convertLead(id: $id) {
  __typename ... on Lead { status customer { id } } ... on Problem { code } ... on LeadConversionUnfinished { reason }
} }"""


@dataclass(frozen=True)
class Gateway:
    client: httpx.AsyncClient
    tokens: Ed25519PrivateKey

    async def convert(self, id_: str, scopes: str = SCOPES) -> dict[str, Any]:
        claims = {"iss": "i", "aud": "a", "sub": str(SOMEBODY), "tenant": str(ACME), "scope": scopes}
        token = jwt.encode({**claims, "exp": int(time.time()) + 60}, self.tokens, algorithm="EdDSA")
        sent = {"query": CONVERT, "variables": {"id": id_}}
        answer = await self.client.post("/graphql", json=sent, headers={"authorization": f"Bearer {token}"})
        body = answer.json()
        assert "errors" not in body
        found: dict[str, Any] = body["data"]["convertLead"]
        return found


@asynccontextmanager
async def gateway(
    database: ThrowAwayDatabase, *, away: bool = False, without: bool = False
) -> AsyncIterator[Gateway]:
    """Over both modules; with the customers `away`, or in a graph `without` them."""

    async def nobody(_scope: object, _receive: object, _send: object) -> None:
        raise ConnectionRefusedError

    tokens = Ed25519PrivateKey.generate()
    public_key = json.loads(OKPAlgorithm.to_jwk(tokens.public_key()))
    composed = [leads] if without else [leads, customers]
    composition = compose([SubgraphSource(each.name, "", each.sdl()) for each in composed])
    assert composition.supergraph_sdl is not None, composition.diagnostics
    apps: dict[str, Any] = {each.name: each.asgi(database.databases[each.role]) for each in composed}
    if away:
        apps[customers.name] = nobody
    app = build_app(
        GivenSupergraph(composition.supergraph_sdl),
        # The database's connections belong to the loop of this test.
        settings=GatewaySettings.model_validate({"subgraphs": {"*": {"own_thread": False}}}),
        subgraphs=apps,
        issuers=[
            TrustedIssuer(LocalKeys({"keys": [{**public_key, "alg": "EdDSA"}]}), TokenRules("i", {"a"}))
        ],
        signer=PrincipalSigner(Ed25519PrivateKey.generate()),
        declared={leads.name: leads.asks},
    )
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        yield Gateway(client, tokens)


async def a_lead(database: ThrowAwayDatabase, email: str | None = None) -> str:
    async with database.session() as session:
        return str((await add_lead(session, LeadValues("Grace", None, email, None, None, None))).id)


async def names_of_customers(database: ThrowAwayDatabase) -> list[str]:
    async with database.session() as session:
        return list(await session.scalars(select(CustomerRow.name)))


async def test_a_lead_becomes_one_customer_however_many_ask_for_it_at_once(
    database: ThrowAwayDatabase,
) -> None:
    id_ = await a_lead(database)
    async with gateway(database) as house:
        first, *others = await asyncio.gather(*(house.convert(id_) for _ in range(4)))
        assert first["status"] == "CONVERTED"
        assert others == [first] * 3
        assert await house.convert(id_) == first
    assert await names_of_customers(database) == ["Grace"]


@pytest.mark.parametrize("how", ["away", "without"])
async def test_without_customers_a_conversion_waits_and_goes_on_when_they_are_back(
    database: ThrowAwayDatabase, how: str
) -> None:
    id_ = await a_lead(database)
    async with gateway(database, **{how: True}) as house:
        assert (await house.convert(id_))["__typename"] == "LeadConversionUnfinished"
    async with gateway(database) as house:
        assert (await house.convert(id_))["status"] == "CONVERTED"
    assert await names_of_customers(database) == ["Grace"]


async def test_what_customers_refuses_or_denies_is_told_as_such(database: ThrowAwayDatabase) -> None:
    async with gateway(database) as house:
        refused = await house.convert(await a_lead(database, "no address"))
        assert (refused["__typename"], refused["code"]) == ("InvalidInput", "CUSTOMER_REFUSED")
        denied = await house.convert(await a_lead(database), "leads:read leads:write")
        assert (denied["__typename"], denied["code"]) == ("NotPermitted", "CUSTOMERS_DENIED")
    assert await names_of_customers(database) == []
