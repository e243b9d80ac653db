"""What a log line says of a request, and what it never says."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import structlog

from supergraph.cli.log_output import configure_logging
from supergraph.gateway import GatewaySettings
from supergraph.gateway.hooks import begin_record
from supergraph.gateway.log_lines import REDACTED
from supergraph.gateway.settings import AccessLogSettings, LogSettings
from supergraph.spec import ApiKey

Open = Callable[..., Awaitable[Any]]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1MSJ9.c2lnbmF0dXJlLW9mLTY0LWJ5dGVz"
SDL = "type Query { shop(name: String): String }"


class Written(io.StringIO):
    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """The log as a gateway writes it: through the very configuration of `dovetail serve`."""
    stream = Written()
    monkeypatch.setattr(sys, "__stderr__", stream)
    handlers, level = logging.root.handlers, logging.root.level
    configure_logging(LogSettings())
    # Loggers that were used before are remembered with their former configuration.
    for name in [each for each in sys.modules if each.startswith("supergraph.gateway")]:
        log = getattr(sys.modules[name], "_log", None)
        if log is not None:
            monkeypatch.setattr(sys.modules[name], "_log", structlog.stdlib.get_logger("dovetail.gateway"))
    yield stream
    logging.root.handlers, logging.root.level = handlers, level
    structlog.reset_defaults()


def log(**values: Any) -> None:
    structlog.get_logger().warning("said", **values)


# ---- whose line it is


def test_a_line_says_whose_request_it_is(written: Written) -> None:
    begin_record(((b"traceparent", f"00-{TRACE}-{'a' * 16}-01".encode()), (b"x-request-id", b"r-1")))
    log()
    [line] = written.lines
    assert (line["trace_id"], line["request_id"], line["level"]) == (TRACE, "r-1", "warning")
    assert len(line["span_id"]) == 16


def test_a_request_id_that_is_none_is_made_anew(written: Written) -> None:
    begin_record(((b"x-request-id", b'r", "level": "forged'),))
    log()
    log()
    first, second = written.lines
    assert len(first["request_id"]) == 16
    assert first["request_id"] == second["request_id"]


async def test_lines_of_tenants_are_told_apart(
    open_gateway: Open, graphql_subgraph: type[Any], written: Written
) -> None:
    """E5: the log is keyed by tenant, for requests that are under way at once too."""
    held = asyncio.Event()

    async def fail(*_: Any, name: str) -> str:
        await held.wait()
        raise SystemExit(name)

    gateway = await open_gateway({"shop": graphql_subgraph(SDL, {"Query.shop": fail})})
    asking = []
    for tenant in ("t1", "t2"):
        headers = {"authorization": f"Bearer {gateway.token('', tenant=tenant)}", "x-request-id": tenant}
        document = f'query Of_{tenant} {{ shop(name: "{tenant}") }}'
        asking.append(asyncio.create_task(gateway.ask(document, headers=headers)))
    await asyncio.sleep(0.1)
    held.set()
    await asyncio.gather(*asking)
    told = [each for each in written.lines if each["event"] == "a subgraph failed"]
    assert sorted((each["tenant"], each["request_id"], each["operation"]) for each in told) == [
        ("t1", "t1", "Of_t1"),
        ("t2", "t2", "Of_t2"),
    ]
    assert len({each["trace_id"] for each in told}) == 2


async def test_the_access_log_has_a_line_for_each_operation(
    open_gateway: Open, graphql_subgraph: type[Any], written: Written
) -> None:
    settings = GatewaySettings(logs=LogSettings(access=AccessLogSettings(successes=1, errors=1)))
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_, **__: "s"})
    gateway = await open_gateway({"shop": shop}, settings=settings)
    await gateway.ask("query Shop { shop }", scopes="", headers={"graphql-client-name": "web"})
    await gateway.ask("{ nothing }")
    answered, refused = [each for each in written.lines if each["event"] == "answered"]
    assert {name: answered[name] for name in ("outcome", "status", "client", "tenant", "operation")} == {
        "outcome": "ok",
        "status": 200,
        "client": "web",
        "tenant": "t1",
        "operation": "Shop",
    }
    assert answered["milliseconds"] > 0
    assert len(answered["operation_hash"]) == 64
    assert (refused["outcome"], refused["codes"]) == ("refused", ["GRAPHQL_VALIDATION_FAILED"])


# ---- what is never said

SECRETS = ("s3cret-token", "s3cret-cookie", "s3cret-variable", "s3cret-literal", "s3cret-key", "77443322")


async def test_nothing_secret_is_logged_even_of_a_fault(
    open_gateway: Open, graphql_subgraph: type[Any], written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that quotes all that it can get hold of, inside the gateway and inside a module."""

    def quote(request: Any, *_: Any, **__: Any) -> None:
        raise KeyError(f"{request!r} {request.variables} Bearer s3cret-token s3cret-cookie s3cret-key")

    def crash(*_: Any, name: str) -> None:
        raise SystemExit(f"no such name: {name}")

    settings = GatewaySettings(logs=LogSettings(access=AccessLogSettings(successes=1, errors=1)))
    gateway = await open_gateway({"shop": graphql_subgraph(SDL, {"Query.shop": crash})}, settings=settings)
    headers = {
        "authorization": "Bearer s3cret-token",
        "cookie": "session=s3cret-cookie",
        "x-internal-key": "s3cret-key",
    }
    document = 'query ($name: String) { shop(name: $name) other: shop(name: "s3cret-literal") }'
    variables = {"name": "s3cret-variable", "number": 77443322}
    await gateway.ask(document, variables, headers=headers)
    del headers["authorization"]
    await gateway.ask(document, variables, headers=headers)
    monkeypatch.setattr("supergraph.gateway.pipeline.answering.prepare_operation", quote)
    answer = await gateway.ask(document, variables, headers=headers)
    assert answer.codes == ["INTERNAL_SERVER_ERROR"]
    text = written.getvalue()
    assert [secret for secret in SECRETS if secret in text] == []
    [fault] = [each for each in written.lines if "exception" in each]
    assert fault["exception"]["type"] == "builtins.KeyError"
    assert any("supergraph.gateway.pipeline.answering" in place for place in fault["exception"]["at"])
    [crashed] = [each for each in written.lines if each["event"] == "a subgraph failed"][:1]
    assert (crashed["reason"], crashed["detail"]) == ("SUBGRAPH_CRASHED", "SystemExit")


@pytest.mark.parametrize(
    "name",
    [
        "authorization", "Authorization", "cookie", "set-cookie", "password", "new_password", "client_secret",
        "api_key", "x-api-key", "apiKey", "access_token", "token", "id-token", "variables", "headers",
        "dovetail-principal", "private_key", "credentials",
    ],
)  # fmt: skip
def test_what_bears_a_secrets_name_is_taken_out(written: Written, name: str) -> None:
    log(**{name: "s3cret"}, deep={"list": [{name: ["s3cret"]}, {name: 7744}]})
    [line] = written.lines
    assert "s3cret" not in written.getvalue()
    assert "7744" not in written.getvalue()
    assert line[name] == REDACTED
    assert line["deep"]["list"][0] == {name: REDACTED}


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        "Bearer abcdef.ghi",
        "basic dXNlcjpwYXNz",
        ApiKey("0123456789abcdef", "s3cret_of-43-characters-as-they-really-are-x").text(),
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\ncut off",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(written: Written, secret: str) -> None:
    log(detail=f"before {secret} after", bytes=secret.encode(), deep=({"a": [secret]},), thing=_Shown(secret))
    structlog.get_logger().warning(f"said {secret}")
    assert secret.rsplit(maxsplit=1)[-1] not in written.getvalue()
    assert secret not in written.getvalue()
    assert written.lines[0]["detail"].startswith("before ")


class _Shown:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def test_the_login_of_an_address_is_taken_out(written: Written) -> None:
    log(detail="cannot connect to postgresql://owner:s3cret@db/dovetail")
    assert written.lines[0]["detail"] == f"cannot connect to postgresql://{REDACTED}@db/dovetail"


def test_what_is_no_secret_stays(written: Written) -> None:
    log(
        tokens=3,
        limit="tokens",
        subgraph="shop",
        path="/graphql",
        url="http://shop:4001/graphql",
        nothing=None,
    )
    line = written.lines[0]
    assert {name: line[name] for name in ("tokens", "limit", "subgraph", "path", "url", "nothing")} == {
        "tokens": 3,
        "limit": "tokens",
        "subgraph": "shop",
        "path": "/graphql",
        "url": "http://shop:4001/graphql",
        "nothing": None,
    }


def test_of_an_exception_the_kind_and_the_places_are_told(written: Written) -> None:
    def inner() -> None:
        raise ValueError("s3cret")

    try:
        try:
            inner()
        except ValueError as error:
            raise ExceptionGroup("s3cret", [error, TypeError("s3cret")]) from error
    except ExceptionGroup:
        structlog.get_logger().exception("failed")
    [line] = written.lines
    exception = line["exception"]
    assert exception["type"] == "builtins.ExceptionGroup"
    assert [each["type"] for each in exception["exceptions"]] == ["builtins.ValueError", "builtins.TypeError"]
    assert exception["cause"]["at"][-1].endswith(".inner")
    assert "s3cret" not in written.getvalue()
    assert "/" not in "".join(exception["at"]), "paths are the machine's concern"


def test_what_libraries_log_takes_the_same_way(written: Written) -> None:
    log = logging.getLogger("some.library")
    log.error("failed with %s\nand s3cret", JWT, exc_info=RuntimeError("s3cret"))
    log.info("not worth a line")
    [line] = written.lines
    assert (line["event"], line["logger"], line["level"]) == (
        f"failed with {REDACTED}",
        "some.library",
        "error",
    )
    assert line["exception"]["type"] == "builtins.RuntimeError"
    assert "s3cret" not in written.getvalue()


def test_a_line_is_one_line_whatever_it_holds(written: Written) -> None:
    log(detail='a\nb"}\n{"level":"forged"}')
    assert len(written.getvalue().splitlines()) == 1
