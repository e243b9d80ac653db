"""A module asks the gateway on behalf of its caller: real gateway, real module, in this process and over HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import strawberry
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from pydantic import BaseModel

from codegen.clients.base_client import BaseClient
from foundation_subgraph.kit import (
    Access,
    Database,
    DatabaseAddress,
    GatewayAddress,
    GraphQLRequest,
    Info,
    Permission,
    Subgraph,
    SubgraphError,
    field,
    public,
    requires,
)
from foundation_subgraph.kit.testing import answering_graph, principal
from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import (
    GatewaySettings,
    GatewayStartError,
    GivenSupergraph,
    LocalKeys,
    TokenRules,
    TrustedIssuer,
    build_app,
)
from supergraph.spec import (
    ErrandSigner,
    GatewayUnreachableError,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
)

NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))
KEY = Ed25519PrivateKey.generate()
READ = Permission("people:read", "See names", Access.READ)

NAMES = "query Names { names tenant }"
LOOP = "query Loop { around }"
FOREIGN = "query Foreign { tenant }"


@strawberry.type
class People:
    @field(requires(READ))
    def names(self) -> list[str] | None:
        return ["Ada", "Alan"]

    @field(public)
    def tenant(self, info: Info) -> str:
        asking = info.context.principal
        return f"{asking.tenant} by {asking.errand.modules if asking.errand else 'nobody'}"


PEOPLE = Subgraph("people", title="People", query=People, permissions=[READ])


class Shape(BaseModel):
    names: list[str] | None = None
    tenant: str | None = None
    around: str | None = None


class Client(BaseClient):
    async def told(self, document: str, name: str) -> str:
        answer = await self.ask(document, name, {}, Shape)
        return json.dumps(
            [answer.data.model_dump(exclude_none=True) if answer.data else None]
            + [[each.code, each.message] for each in answer.errors]
        )


@strawberry.type
class Reports:
    @field(public)
    async def report(self, info: Info) -> str:
        return await info.context.graph(Client).told(NAMES, "Names")

    @field(public)
    async def foreign(self, info: Info) -> str:
        return await info.context.graph(Client).told(FOREIGN, "Foreign")

    @field(public)
    async def around(self, info: Info) -> str:
        return await info.context.graph(Client).told(LOOP, "Loop")


@pytest.fixture
def reports(tmp_path: Path) -> Subgraph:
    (tmp_path / "asks.graphql").write_text(f"{NAMES}\n{LOOP}\n")
    return Subgraph("reports", title="Reports", query=Reports, asks=tmp_path)


@dataclass(frozen=True)
class Running:
    """`lent` is what the gateway signs modules' tokens with."""

    url: str
    tokens: Ed25519PrivateKey
    lent: Ed25519PrivateKey

    def token(self, *scopes: str, tenant: str = "acme") -> str:
        claims = {"iss": "i", "aud": "a", "sub": "u1", "tenant": tenant, "scope": " ".join(scopes)}
        return jwt.encode({**claims, "exp": int(time.time()) + 60}, self.tokens, algorithm="EdDSA")

    async def ask(self, authorization: str | None, **body: Any) -> tuple[int, Any]:
        headers = {} if authorization is None else {"authorization": authorization}
        async with httpx.AsyncClient() as client:
            answer = await client.post(self.url, json=body, headers=headers)
        return answer.status_code, answer.json()

    async def told(self, field_name: str, *scopes: str, tenant: str = "acme") -> list[Any]:
        _, body = await self.ask(f"Bearer {self.token(*scopes, tenant=tenant)}", query=f"{{ {field_name} }}")
        told: list[Any] = json.loads(body["data"][field_name])
        return told


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="auto", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
        if serving.done():
            serving.result()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def running(
    reports: Subgraph,
    *,
    apart: bool = False,
    own_thread: bool = True,
    declares: bool = True,
    errands: dict[str, Any] | None = None,
) -> AsyncIterator[Running]:
    tokens, lent = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public_key = json.loads(OKPAlgorithm.to_jwk(tokens.public_key()))
    keys = LocalKeys({"keys": [{**public_key, "alg": "EdDSA"}]})
    composition = compose([SubgraphSource(each.name, "", each.sdl()) for each in (PEOPLE, reports)])
    assert composition.supergraph_sdl is not None, composition.diagnostics
    async with AsyncExitStack() as stack:
        addresses: dict[str, Any] = {each.name: each.asgi(NOWHERE) for each in (PEOPLE, reports)}
        gateway_url = ""
        if apart:

            async def to_the_gateway(
                body: bytes, headers: Sequence[tuple[bytes, bytes]]
            ) -> tuple[int, bytes]:
                door = GatewayAddress(gateway_url)
                try:
                    return await door(body, headers)
                finally:
                    await door.close()

            for each in (PEOPLE, reports):
                verifier = PrincipalVerifier([lent.public_key()], each.name)
                app = each.asgi(NOWHERE, verifier, door=to_the_gateway)
                addresses[each.name] = await stack.enter_async_context(served(app)) + "/graphql"
        gateway = build_app(
            GivenSupergraph(composition.supergraph_sdl),
            settings=GatewaySettings.model_validate(
                {"subgraphs": {"*": {"own_thread": own_thread}}, "errands": errands or {}}
            ),
            subgraphs=addresses,
            issuers=[TrustedIssuer(keys, TokenRules("i", {"a"}))],
            signer=PrincipalSigner(lent),
            declared={"reports": reports.asks} if declares else None,
        )
        gateway_url = await stack.enter_async_context(served(gateway)) + "/graphql"
        yield Running(gateway_url, tokens, lent)


@pytest.mark.parametrize("way", ["own thread", "same loop", "apart"])
async def test_a_module_sees_what_its_caller_may_see(reports: Subgraph, way: str) -> None:
    """The same tenant, the same rights, and the denial in its place; whom it goes through is told to who is asked."""
    async with running(reports, apart=way == "apart", own_thread=way == "own thread") as house:
        by = "by ('reports',)"
        assert await house.told("report", "people:read") == [
            {"names": ["Ada", "Alan"], "tenant": f"acme {by}"}
        ]
        assert await house.told("report", "people:read", tenant="globex") == [
            {"names": ["Ada", "Alan"], "tenant": f"globex {by}"}
        ]
        data, denied = await house.told("report")
        assert data == {"tenant": f"acme {by}"}
        assert denied[0] == "UNAUTHORIZED_FIELD_OR_TYPE"
        # Who asks for themselves is nobody's errand.
        _, body = await house.ask(f"Bearer {house.token()}", query="{ tenant }")
        assert body["data"]["tenant"] == "acme by nobody"


@pytest.mark.parametrize("apart", [False, True])
async def test_a_loop_ends_in_a_clear_error(reports: Subgraph, apart: bool) -> None:
    async with running(reports, apart=apart) as house:
        [data] = await house.told("around")
        none, [code, message] = json.loads(data["around"])
        assert none is None
        assert code == "GRAPH_LOOP"
        assert "reports -> reports" in message


@pytest.mark.parametrize("apart", [False, True])
async def test_an_operation_that_is_not_declared_is_not_asked(reports: Subgraph, apart: bool) -> None:
    async with running(reports, apart=apart) as house:
        none, [code, message] = await house.told("foreign")
        assert none is None
        assert code == "OPERATION_NOT_DECLARED"
        assert "Foreign" in message


async def test_without_configuration_nothing_is_asked(reports: Subgraph) -> None:
    async with running(reports, declares=False) as house:
        none, [code, _] = await house.told("report")
        assert none is None
        assert code == "GRAPH_UNAVAILABLE"


async def test_a_gateway_alone_reads_the_operations_from_a_folder(reports: Subgraph, tmp_path: Path) -> None:
    errands = {"operations": {"reports": str(tmp_path)}, "longest": 1}
    async with running(reports, declares=False, errands=errands) as house:
        assert (await house.told("report", "people:read"))[0]["names"] == ["Ada", "Alan"]


async def test_the_gateway_takes_from_a_module_what_that_has_declared_and_nothing_else(
    reports: Subgraph,
) -> None:
    async with running(reports) as house:
        asker = Principal("u1", "acme", frozenset({"people:read"}))
        names = {"documentId": f"sha256:{reports.asks.names['Names']}"}
        lent = f"Dovetail-Errand {ErrandSigner(house.lent).sign(asker, 'reports')}"
        assert (await house.ask(lent, **names))[1]["data"]["names"] == ["Ada", "Alan"]
        for body in (
            {"query": FOREIGN},
            {"query": NAMES},  # even a declared one by its id alone
            {"documentId": "sha256:" + "0" * 64},
            {**names, "query": FOREIGN},
        ):
            status, answer = await house.ask(lent, **body)
            assert status == 403
            assert answer["errors"][0]["extensions"]["code"] == "OPERATION_NOT_DECLARED"
        others = f"Dovetail-Errand {ErrandSigner(house.lent).sign(asker, 'people')}"
        assert (await house.ask(others, **names))[0] == 403


async def test_what_is_not_lent_by_the_gateway_is_refused(reports: Subgraph) -> None:
    """Forged, expired, and what the gateway tells a subgraph, shown again at its public door."""
    async with running(reports) as house:
        names = {"documentId": f"sha256:{reports.asks.names['Names']}"}
        asker = Principal("u1", "acme", frozenset({"people:read"}))
        forged = ErrandSigner(Ed25519PrivateKey.generate()).sign(asker, "reports")
        expired = ErrandSigner(house.lent, lifetime=-60).sign(asker, "reports")
        told = PrincipalSigner(house.lent).sign(asker, "reports")
        for shown in (forged, expired, told, house.token("people:read")):
            status, answer = await house.ask(f"Dovetail-Errand {shown}", **names)
            assert status == 401
            assert "data" not in answer
        lent = ErrandSigner(house.lent).sign(asker, "reports")
        assert (await house.ask(f"Bearer {lent}", **names))[0] == 401


async def test_a_gateway_that_is_away_is_an_error_in_the_answer(reports: Subgraph) -> None:
    async def away(_body: bytes, _headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes]:
        raise GatewayUnreachableError("nobody is there")

    lent = ErrandSigner(Ed25519PrivateKey.generate()).sign(principal(), "reports")
    app = reports.asgi(NOWHERE, PrincipalVerifier([KEY.public_key()], "reports"), door=away)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reports") as client:
        answer = await client.post(
            "/graphql",
            json={"query": "{ report }"},
            headers={
                "dovetail-principal": PrincipalSigner(KEY).sign(principal(), "reports"),
                "dovetail-errand": lent,
            },
        )
    assert json.loads(answer.json()["data"]["report"]) == [None, ["GRAPH_UNREACHABLE", "nobody is there"]]


async def test_an_address_where_nobody_listens_is_unreachable() -> None:
    door = GatewayAddress("http://127.0.0.1:1/graphql")
    with pytest.raises(GatewayUnreachableError):
        await door(b"{}", ())
    await door.close()


async def test_a_module_in_a_test_of_its_own_asks_nobody(reports: Subgraph) -> None:
    answer = await reports.asgi(NOWHERE).execute(GraphQLRequest("{ report }"), principal())
    assert json.loads(answer["data"]["report"])[1][0] == "GRAPH_UNAVAILABLE"


async def test_a_test_of_a_module_says_what_the_gateway_answers(reports: Subgraph) -> None:
    graph = answering_graph(reports, principal(), {"Names": {"data": {"names": ["Hedy"], "tenant": None}}})
    answer = await reports.asgi(NOWHERE).execute(GraphQLRequest("{ report }"), principal(), graph)
    assert json.loads(answer["data"]["report"]) == [{"names": ["Hedy"]}]


def test_operations_that_cannot_be_declared_break_the_subgraph_at_once(tmp_path: Path) -> None:
    (tmp_path / "asks.graphql").write_text("subscription S { names }")
    with pytest.raises(SubgraphError, match=r"reports: .*subscription"):
        Subgraph("reports", title="Reports", query=Reports, asks=tmp_path)


async def test_a_gateway_without_a_key_does_not_start_where_subgraphs_are_to_ask(reports: Subgraph) -> None:
    sdl = compose([SubgraphSource("reports", "", reports.sdl())]).supergraph_sdl
    assert sdl is not None
    for signer in (None, PrincipalSigner(KEY)):
        with pytest.raises(GatewayStartError, match="errands"):
            build_app(
                GivenSupergraph(sdl),
                subgraphs={"reports": reports.asgi(NOWHERE)},
                declared={"reports": reports.asks},
                signer=signer,
            )
