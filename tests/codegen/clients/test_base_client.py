"""The generated client against a real server: graphql-core behind real HTTP, and servers that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType
from uuid import UUID

import httpx
import pytest
from graphql import GraphQLError, GraphQLSchema, graphql

CUSTOMER = {
    "__typename": "Customer",
    "id": "c1",
    "name": "Ada",
    "since": "2024-05-06T07:08:09+00:00",
    "key": "6f1c1a3e-5b2f-4a53-9d1c-2f6a3b1d7e10",
    "notes": {"colour": ["blue"]},
    "favourite": "#00f",
    "loyalty": {"points": 7, "tier": "GOLD"},
}


@dataclass
class Server:
    """What it was sent, and how it answers: by executing the operation, unless told otherwise."""

    schema: GraphQLSchema
    root: dict[str, object] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], dict[str, object]]] = field(default_factory=list)
    answer: Callable[[], tuple[int, bytes]] | None = None
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name
        }
        body: dict[str, object] = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.requests.append((headers, body))
        status, content = self.answer() if self.answer else (200, await self._execute(body))
        writer.write(
            b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (status, len(content))
        )
        writer.write(content)
        await writer.drain()

    async def _execute(self, body: dict[str, object]) -> bytes:
        variables = body.get("variables")
        assert isinstance(variables, dict | None)
        result = await graphql(
            self.schema,
            str(body["query"]),
            self.root,
            variable_values=variables,
            operation_name=str(body["operationName"]),
        )
        return json.dumps(result.formatted).encode()


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}/graphql"
    finally:
        server.close()
        await asyncio.gather(*connections)


@pytest.fixture
async def server(sample_schema: GraphQLSchema) -> AsyncIterator[Server]:
    server = Server(sample_schema, {"customers": lambda *_, **__: [CUSTOMER]})
    async with listening(server.serve) as server.url:
        yield server


async def test_an_answer_is_read_into_typed_models(sample_client: ModuleType, server: Server) -> None:
    async with sample_client.Client(server.url) as client:
        answer = await client.customers()
    (customer,) = answer.complete().customers
    assert answer.is_complete
    assert customer.since == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert customer.key == UUID(str(CUSTOMER["key"]))
    assert customer.notes == {"colour": ["blue"]}
    assert customer.favourite == "#00f"
    assert customer.loyalty.tier is sample_client.Tier.GOLD


async def test_members_of_a_union_are_told_apart(sample_client: ModuleType, server: Server) -> None:
    shop = {"__typename": "Shop", "title": "Corner", "turnover": "12.30"}
    server.root["search"] = lambda *_, **__: [CUSTOMER, shop]
    async with sample_client.Client(server.url) as client:
        first, second = (await client.search(text="o")).complete().search
    assert isinstance(first, sample_client.SearchSearchCustomer)
    assert isinstance(second, sample_client.SearchSearchShop)
    assert second.turnover == Decimal("12.30")


async def test_a_variable_with_a_default_may_be_left_out(sample_client: ModuleType, server: Server) -> None:
    asked: list[object] = []
    server.root["search"] = lambda _, **arguments: asked.append(arguments) or []
    async with sample_client.Client(server.url) as client:
        await client.search("o")
        await client.search("o", limit=7)
    assert asked == [{"text": "o", "limit": 5}, {"text": "o", "limit": 7}]


async def test_partial_data_stands_beside_typed_errors(sample_client: ModuleType, server: Server) -> None:
    def refuse(*_: object) -> object:
        raise GraphQLError(
            "Unauthorized field or type",
            extensions={"code": "UNAUTHORIZED_FIELD_OR_TYPE", "coordinate": "Customer.loyalty"},
        )

    server.root["customers"] = lambda *_, **__: [{**CUSTOMER, "loyalty": refuse}]
    async with sample_client.Client(server.url) as client:
        answer = await client.customers()
    assert answer.data.customers[0].name == "Ada"
    assert answer.data.customers[0].loyalty is None
    (error,) = answer.errors
    assert (error.code, error.coordinate) == ("UNAUTHORIZED_FIELD_OR_TYPE", "Customer.loyalty")
    assert error.path == ("customers", 0, "loyalty")
    assert error.locations[0].line == 5
    assert str(error) == "UNAUTHORIZED_FIELD_OR_TYPE at customers.0.loyalty: Unauthorized field or type"
    assert answer.errors_at("customers", 0) == (error,)
    assert answer.errors_at("customers", 1) == ()
    with pytest.raises(sample_client.IncompleteAnswerError) as caught:
        answer.complete()
    assert caught.value.answer is answer


async def test_without_any_data_the_errors_are_the_answer(sample_client: ModuleType, server: Server) -> None:
    server.root["awardPoints"] = lambda *_, **__: None
    async with sample_client.Client(server.url) as client:
        answer = await client.award_points(sample_client.AwardPointsInput(customer_id="c1", points=3))
    assert answer.data is None
    assert answer.errors[0].path == ("awardPoints",)


async def test_variables_go_by_the_names_of_the_schema_and_only_when_set(
    sample_client: ModuleType, server: Server
) -> None:
    some = sample_client.CustomerFilter(
        name_contains="a", tiers=[sample_client.Tier.SILVER], since=datetime(2024, 1, 1, tzinfo=UTC)
    )
    async with sample_client.Client(server.url) as client:
        await client.customers(filter_=some)
        await client.customers(filter_=None)
        await client.customers()
        await client.echo(value={"on": [UUID(int=1)]})
    assert [body.get("variables") for _, body in server.requests] == [
        {"filter": {"nameContains": "a", "tiers": ["SILVER"], "since": "2024-01-01T00:00:00Z"}},
        {"filter": None},
        None,
        {"value": {"on": ["00000000-0000-0000-0000-000000000001"]}},
    ]
    assert {body["operationName"] for _, body in server.requests} == {"Customers", "Echo"}


async def test_the_token_is_asked_for_before_every_request(sample_client: ModuleType, server: Server) -> None:
    tokens = iter(["one", "two", None])

    async def token() -> str | None:
        return next(tokens)

    async with sample_client.Client(server.url, token=token, headers={"x-trace": "t"}) as client:
        for _ in range(3):
            await client.customers()
    sent = [headers for headers, _ in server.requests]
    assert [headers.get("authorization") for headers in sent] == ["Bearer one", "Bearer two", None]
    assert {headers["x-trace"] for headers in sent} == {"t"}
    assert sent[0]["accept"].startswith("application/graphql-response+json")


async def test_the_token_does_not_follow_a_redirect(sample_client: ModuleType, server: Server) -> None:
    server.answer = lambda: (307, b"")
    async with sample_client.Client(server.url, token="secret") as client:
        with pytest.raises(sample_client.UnexpectedStatusError) as caught:
            await client.customers()
    assert caught.value.status == 307
    assert len(server.requests) == 1


async def test_a_graphql_answer_counts_whatever_its_status(sample_client: ModuleType, server: Server) -> None:
    refused = {"errors": [{"message": "sign in first", "extensions": {"code": "UNAUTHENTICATED"}}]}
    server.answer = lambda: (401, json.dumps(refused).encode())
    async with sample_client.Client(server.url) as client:
        answer = await client.customers()
    assert answer.data is None
    assert answer.errors[0].code == "UNAUTHENTICATED"
    assert answer.errors[0].path == ()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (502, b"<html>bad gateway</html>", "UnexpectedStatusError"),
        (200, b"<html>hello</html>", "UnreadableAnswerError"),
        (200, b"[]", "UnreadableAnswerError"),
        (200, b"{}", "UnreadableAnswerError"),
        (200, b'{"data": null}', "UnreadableAnswerError"),
        (200, b'{"data": {"customers": [{"id": 5}]}}', "UnreadableAnswerError"),
        (200, b"\xff", "UnreadableAnswerError"),
    ],
)
async def test_what_is_no_answer_is_a_typed_exception(
    sample_client: ModuleType, server: Server, status: int, body: bytes, error: str
) -> None:
    server.answer = lambda: (status, body)
    async with sample_client.Client(server.url) as client:
        with pytest.raises(getattr(sample_client, error)) as caught:
            await client.customers()
    assert isinstance(caught.value, sample_client.ClientError)
    assert "\n" not in str(caught.value)


async def test_errors_of_odd_shapes_are_still_read(sample_client: ModuleType, server: Server) -> None:
    odd = {
        "errors": [
            {"message": "a", "path": None, "locations": [{"line": "x"}], "extensions": {"code": 5}},
            "b",
        ]
    }
    server.answer = lambda: (200, json.dumps(odd).encode())
    async with sample_client.Client(server.url) as client:
        answer = await client.customers()
    assert [(error.message, error.code, error.locations) for error in answer.errors] == [
        ("a", None, ()),
        ("", None, ()),
    ]


async def test_a_server_that_is_not_there_is_a_transport_error(
    sample_client: ModuleType, server: Server
) -> None:
    async with listening(server.serve) as gone:
        pass
    async with sample_client.Client(gone) as client:
        with pytest.raises(sample_client.TransportError, match="cannot reach"):
            await client.customers()


async def test_a_server_that_drips_is_given_up_in_time(sample_client: ModuleType) -> None:
    """Each byte comes quickly, the answer never: the time is for the whole request."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)

    async with listening(drip) as url, sample_client.Client(url, timeout=0.2) as client:
        started = asyncio.get_running_loop().time()
        with pytest.raises(sample_client.AnswerTimeoutError, match=r"within 0\.2 s"):
            await client.customers()
        assert asyncio.get_running_loop().time() - started < 2


async def test_a_client_that_was_given_stays_open(sample_client: ModuleType, server: Server) -> None:
    async with httpx.AsyncClient() as ours:
        async with sample_client.Client(server.url, http_client=ours) as client:
            await client.customers()
        assert not ours.is_closed
    assert ours.is_closed
