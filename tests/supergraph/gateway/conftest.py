"""Real subgraphs over graphql-core, composed, behind a real gateway: in process, or both over sockets."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLSchema,
    build_ast_schema,
    extend_schema,
    graphql,
    parse,
)
from graphql import subscribe as graphql_subscribe
from jwt.algorithms import OKPAlgorithm
from redis.asyncio import Redis
from redis.exceptions import RedisError

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import (
    Gateway,
    GatewaySettings,
    GivenSupergraph,
    Identity,
    LocalKeys,
    SubgraphSettings,
    SupergraphDocument,
    SupergraphSource,
    TokenRules,
    TrustedIssuer,
    build_app,
)
from supergraph.spec import (
    PRINCIPAL_HEADER,
    PRINCIPAL_SCOPE_KEY,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
)

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key" "@external" "@requires" "@provides" "@shareable" "@inaccessible"
    "@authenticated" "@requiresScopes" "@policy"]
)
"""
FEDERATION = """
scalar _Any
union _Entity = {entities}
type _Service {{ sdl: String }}
extend type Query {{ _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }}
"""
ISSUER, AUDIENCE = "https://issuer.example", "dovetail"

Resolver = Callable[..., Any]


class Channel:
    """Where a test publishes events, and sees how many listen to them."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Any]] = set()
        self.opened = 0

    @property
    def listeners(self) -> int:
        return len(self._queues)

    async def listen(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self._queues.add(queue)
        self.opened += 1
        try:
            while True:
                event = await queue.get()
                if isinstance(event, Exception):
                    raise event
                if event is None:
                    return
                yield event
        finally:
            self._queues.discard(queue)

    async def publish(self, *events: Any, to: int = 1) -> None:
        """To all who listen, once there are `to` of them. None ends the stream, an exception breaks it."""
        await self.until(to)
        for event in events:
            for queue in tuple(self._queues):
                queue.put_nowait(event)

    async def until(self, listeners: int) -> None:
        async with asyncio.timeout(3):
            while self.listeners != listeners:  # noqa: ASYNC110 - what is waited for is what a test asserts
                await asyncio.sleep(0.002)


@dataclass
class GraphqlSubgraph:
    """A federation subgraph as an ASGI app. `asked` holds the documents it was sent, `principals` who asked.

    Subscriptions are served over SSE and over WebSocket; resolvers of `Subscription` give the events' values.
    """

    sdl: str
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)
    entities: Mapping[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    verifier: PrincipalVerifier | None = None
    asked: list[str] = field(default_factory=list)
    principals: list[Principal | None] = field(default_factory=list)
    schema: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        schema = build_ast_schema(parse(self.sdl), assume_valid_sdl=True)
        if self.entities:
            federation = parse(FEDERATION.format(entities=" | ".join(self.entities)))
            schema = extend_schema(schema, federation, assume_valid_sdl=True)
            assert schema.query_type is not None
            schema.query_type.fields["_entities"].resolve = self._resolve_entities
        for coordinate, resolver in self.resolvers.items():
            owner, _, name = coordinate.partition(".")
            type_ = schema.type_map[owner]
            assert isinstance(type_, GraphQLObjectType)
            if owner == "Subscription":
                type_.fields[name].subscribe = resolver
                type_.fields[name].resolve = lambda event, *_, **__: event
            else:
                type_.fields[name].resolve = resolver
        self.schema = schema

    def _resolve_entities(self, _: object, __: object, representations: list[dict[str, Any]]) -> list[Any]:
        return [
            {**representation, **found}
            if (found := self.entities[representation["__typename"]](representation)) is not None
            else None
            for representation in representations
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        if scope["type"] == "websocket":
            await _SubgraphSocket(self, scope, receive, send).run()
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.principals.append(self._principal(scope))
        request = json.loads(body)
        self.asked.append(request["query"])
        if b"text/event-stream" in dict(scope["headers"]).get(b"accept", b""):
            await self._stream(request, receive, send)
            return
        result = await graphql(
            self.schema,
            request["query"],
            variable_values=request.get("variables"),
            operation_name=request.get("operationName"),
        )
        answer = json.dumps(result.formatted).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _stream(self, request: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})

        async def write() -> None:
            async for result in self.events(request):
                text = b"event: next\ndata: " + json.dumps(result).encode() + b"\n\n"
                await send({"type": "http.response.body", "body": text, "more_body": True})
            await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n"})

        await _first_of(write(), _disconnected(receive))

    async def events(self, request: Any) -> AsyncIterator[Any]:
        events = graphql_subscribe(
            self.schema,
            parse(request["query"]),
            variable_values=request.get("variables"),
            operation_name=request.get("operationName"),
        )
        if hasattr(events, "__await__"):
            events = await events
        if isinstance(events, ExecutionResult):
            yield events.formatted
            return
        try:
            async for result in events:
                yield result.formatted
        finally:
            await events.aclose()

    def _principal(self, scope: Any) -> Principal | None:
        for name, value in scope["headers"]:
            if name == PRINCIPAL_HEADER.encode() and self.verifier:
                return self.verifier.verify(value.decode())
        return scope.get(PRINCIPAL_SCOPE_KEY)


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
        pass


async def _first_of(*doing: Any) -> None:
    tasks = {asyncio.ensure_future(each) for each in doing}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()


@dataclass
class _SubgraphSocket:
    """The server's side of graphql-transport-ws, as much as a subgraph needs."""

    subgraph: GraphqlSubgraph
    scope: Any
    receive: Any
    send: Any
    operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        await self.receive()
        await self.send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        try:
            while (received := await self.receive())["type"] != "websocket.disconnect":
                message = json.loads(received["text"])
                match message["type"]:
                    case "connection_init":
                        header = (PRINCIPAL_HEADER, message.get("payload", {}).get(PRINCIPAL_HEADER))
                        assert dict(self.scope["headers"]).get(header[0].encode()) == (
                            header[1] and header[1].encode()
                        )
                        self.subgraph.principals.append(self.subgraph._principal(self.scope))
                        await self.say({"type": "connection_ack"})
                        await self.say({"type": "ping"})
                    case "subscribe":
                        self.subgraph.asked.append(message["payload"]["query"])
                        self.operations[message["id"]] = asyncio.create_task(
                            self.operate(message["id"], message["payload"])
                        )
        finally:
            for task in self.operations.values():
                task.cancel()
            await asyncio.gather(*self.operations.values(), return_exceptions=True)

    async def operate(self, id_: str, request: Any) -> None:
        try:
            async for result in self.subgraph.events(request):
                await self.say({"id": id_, "type": "next", "payload": result})
        except Exception:  # noqa: BLE001 - whatever breaks a resolver closes the socket
            await self.send({"type": "websocket.close", "code": 4500, "reason": "broken"})
            return
        await self.say({"id": id_, "type": "complete"})

    async def say(self, message: Any) -> None:
        await self.send({"type": "websocket.send", "text": json.dumps(message)})


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors", [])

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def paths(self) -> list[list[str | int]]:
        return [error.get("path") for error in self.errors]


@dataclass
class RunningGateway:
    url: str
    session: aiohttp.ClientSession
    key: Ed25519PrivateKey
    subgraphs: Mapping[str, GraphqlSubgraph]
    supergraph_sdl: str
    app: Gateway

    async def load(self, supergraph_sdl: str) -> bool:
        """Have it served from now on; whether it was taken."""
        return await self.app.reloads.load(SupergraphDocument(supergraph_sdl.encode()))

    @property
    def asked(self) -> dict[str, list[str]]:
        """The documents each subgraph was sent; those that were sent none are left out."""
        return {name: each.asked for name, each in self.subgraphs.items() if each.asked}

    def token(self, scopes: str = "", **claims: Any) -> str:
        now = int(__import__("time").time())
        standard = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "tenant": "t1", "iat": now, "exp": now + 60}
        payload = {**standard, "scope": scopes, **claims}
        return jwt.encode(
            {name: value for name, value in payload.items() if value is not None},
            self.key,
            algorithm="EdDSA",
            headers={"kid": "k1"},
        )

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        scopes: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST an operation, as anonymous or, with `scopes`, as somebody who holds them."""
        sent = dict(headers or {})
        if scopes is not None:
            sent["authorization"] = f"Bearer {self.token(scopes)}"
        return await self.send(json={"query": query, "variables": variables}, headers=sent)

    async def send(self, method: str = "POST", path: str = "/graphql", **options: Any) -> Answer:
        if method == "GET":  # as every client must, or a page of anybody could ask
            options["headers"] = {"graphql-require-preflight": "1", **options.get("headers", {})}
        async with self.session.request(method, self.url + path, **options) as response:
            text = await response.read()
            return Answer(response.status, response.headers, json.loads(text))


OpenGateway = Callable[..., Awaitable[RunningGateway]]


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The app under uvicorn, on a free port, for as long as the context is open."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            port=0,
            log_level="error",
            access_log=False,
            ws="websockets-sansio",
            lifespan="auto",
            timeout_graceful_shutdown=3,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
        if serving.done():
            serving.result()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def _in_this_loop(settings: GatewaySettings) -> GatewaySettings:
    """Tests and their subgraphs share channels and events, so these run in the test's loop unless a test wants else."""
    common = settings.subgraphs.get("*", SubgraphSettings())
    if "own_thread" in common.model_fields_set:
        return settings
    common = common.model_copy(update={"own_thread": False})
    return settings.model_copy(update={"subgraphs": {**settings.subgraphs, "*": common}})


@pytest.fixture
async def open_gateway() -> AsyncIterator[OpenGateway]:
    async with AsyncExitStack() as stack:

        async def open_(
            subgraphs: Mapping[str, GraphqlSubgraph],
            *,
            settings: GatewaySettings | None = None,
            over_http: bool = False,
            identity: bool | Callable[[TrustedIssuer], Identity] = True,
            supergraph_sdl: str | None = None,
            source: SupergraphSource | None = None,
            **options: Any,
        ) -> RunningGateway:
            key = Ed25519PrivateKey.generate()
            signer_key = Ed25519PrivateKey.generate()
            addresses: dict[str, Any] = dict(subgraphs)
            if over_http:
                for name, subgraph in subgraphs.items():
                    subgraph.verifier = PrincipalVerifier([signer_key.public_key()], name)
                    addresses[name] = await stack.enter_async_context(served(subgraph)) + "/graphql"
            if supergraph_sdl is None:
                composition = compose(
                    [SubgraphSource(name, "", LINK + each.sdl) for name, each in subgraphs.items()]
                )
                assert composition.ok, composition.diagnostics
                supergraph_sdl = composition.supergraph_sdl
            assert supergraph_sdl is not None
            public = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
            keys = LocalKeys({"keys": [{**public, "kid": "k1", "alg": "EdDSA"}]})
            issuer = TrustedIssuer(keys, TokenRules(ISSUER, {AUDIENCE}))
            made = identity(issuer) if callable(identity) else Identity([issuer]) if identity else None
            app = build_app(
                source or GivenSupergraph(supergraph_sdl),
                settings=_in_this_loop(settings or GatewaySettings()),
                subgraphs=addresses,
                identity=made,
                signer=PrincipalSigner(signer_key),
                **options,
            )
            url = await stack.enter_async_context(served(app))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            return RunningGateway(url, session, key, subgraphs, supergraph_sdl, app)

        yield open_


@pytest.fixture
def graphql_subgraph() -> type[GraphqlSubgraph]:
    """Tests share no package to import from, so what they share comes as a fixture."""
    return GraphqlSubgraph


@pytest.fixture
def channel() -> Channel:
    return Channel()


class FickleSubgraph:
    """A subgraph `points` over a real socket, which fails in the way of its `mood`.

    `heard` counts its requests, `hung_up` the connections whose other side closed them while it kept silent.
    """

    SDL = """
      type Query { total: Int }
      type Mutation { award: Int }
      type User @key(fields: "id") { id: ID! points: Int }
    """

    def __init__(self) -> None:
        self.mood = "good"
        self.heard = 0
        self.hung_up = 0
        self.done: list[str] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                query = json.loads(await reader.readexactly(length))["query"]
                self.heard += 1
                await self._answer(query, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(  # noqa: C901, PLR0912 - a mood a case
        self, query: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        data: dict[str, Any] = {"total": 7}
        if "_entities" in query:
            data = {"_entities": [{"__typename": "User", "points": 7}]}
        elif "award" in query:
            data = {"award": 7}
        good = json.dumps({"data": data}).encode()
        match self.mood:
            case "good":
                await self._say(writer, good)
            case "slow":
                await asyncio.sleep(0.8)
                self.done.append(query)
                await self._say(writer, good)
            case "hangs":
                if not await reader.read(1):
                    self.hung_up += 1
            case "500":
                await self._say(writer, b"<h1>oh</h1>", "500 Internal Server Error")
            case "503":
                await self._say(writer, b"busy", "503 Service Unavailable")
            case "503 once":
                self.mood = "good"
                await self._say(writer, b"busy", "503 Service Unavailable")
            case "malformed":
                await self._say(writer, good[:-4])
            case "wrong types":
                await self._say(writer, good.replace(b"7", b'"seven"'))
            case "no GraphQL":
                await self._say(writer, b'{"pets": []}')
            case "slow drip":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{")
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            case "cut off":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
                await writer.drain()
                writer.transport.abort()
            case mood:
                raise AssertionError(mood)

    async def _say(self, writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK") -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()


@pytest.fixture
async def fickle() -> AsyncIterator[FickleSubgraph]:
    subgraph = FickleSubgraph()
    await subgraph.start()
    yield subgraph
    await subgraph.kill()


@pytest.fixture
def heard() -> type[GraphqlSubgraph]:
    """A subgraph that keeps the headers it was sent, and sends `back` with its answers."""

    class Heard(GraphqlSubgraph):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.heard: list[dict[str, str]] = []
            self.back: list[tuple[bytes, bytes]] = []
            self.inits: list[Any] = []

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "lifespan":
                self.heard.append({name.decode(): value.decode() for name, value in scope["headers"]})

            async def sending(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message["headers"], *self.back]}
                await send(message)

            async def receiving() -> Any:
                message = await receive()
                if scope["type"] == "websocket" and "connection_init" in (message.get("text") or ""):
                    self.inits.append(json.loads(message["text"])["payload"])
                return message

            await super().__call__(scope, receiving, sending)

    return Heard


class RedisServer:
    """A redis-server on a socket of its own, started and stopped at will."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--save",
                "",
                "--appendonly",
                "no",
            ),
            cwd=self.socket.parent,
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(10):
            while not await self._answers():  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.01)

    async def _answers(self) -> bool:
        try:
            async with Redis.from_url(self.url) as redis:
                return bool(await redis.ping())
        except RedisError:
            return False

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@pytest.fixture
async def redis_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    # A socket's path may have but a hundred characters.
    started = RedisServer(tmp_path_factory.mktemp("r"))
    await started.start()
    yield started
    await started.stop()
