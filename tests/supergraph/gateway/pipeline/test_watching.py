"""What is put around an operation, and that nothing is where nothing is wanted."""

from typing import Any

import pytest

from supergraph.gateway import GatewaySettings
from supergraph.gateway.hooks import RequestRecord, UsageClient
from supergraph.gateway.pipeline.watching import UNWATCHED, Watch
from supergraph.gateway.settings import (
    AccessLogSettings,
    LogSettings,
    TelemetrySettings,
    UsageSettings,
)
from supergraph.gateway.telemetry import Telemetry
from supergraph.gateway.transport.header_rules import HeaderClient
from supergraph.gateway.transport.watching import TracedClient, WatchedClient
from supergraph.spec import Caller, Principal

CLIENT: Any = object()


def around(watch: Watch, *, sampled: bool = False) -> list[type]:
    """What stands between an operation and its subgraphs, from the outside in."""
    record = RequestRecord(())
    record.sampled = sampled
    found, client = [], watch.subgraphs(CLIENT, record)
    while client is not CLIENT:
        found.append(type(client))
        client = client._inner
    return found


def watch_of(**settings: Any) -> Watch:
    return Telemetry(GatewaySettings(**settings)).watch


def test_by_default_nothing_stands_between_an_operation_and_its_subgraphs() -> None:
    watch = watch_of()
    assert watch == UNWATCHED
    assert around(watch) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"headers": {"*": [{"propagate": {"named": "x-a"}}]}}, [HeaderClient]),
        ({"response_headers": {"*": [{"named": "x-a"}]}}, [HeaderClient]),
        ({"telemetry": TelemetrySettings(propagate=True)}, [TracedClient]),
        ({"usage": UsageSettings(address="http://127.0.0.1:9/")}, []),
        ({"logs": LogSettings(access=AccessLogSettings(successes=1))}, []),
    ],
)
def test_only_what_is_wanted_does(settings: Any, expected: list[type]) -> None:
    assert around(watch_of(**settings)) == expected


def test_fetches_of_an_operation_that_is_not_recorded_are_told_to_nobody() -> None:
    class Recorder:
        def fetched(self, *_: Any) -> None: ...

    watch = Watch(recorder=Recorder(), propagates=True)
    assert around(watch) == [TracedClient]
    assert around(watch, sampled=True) == [WatchedClient]


def test_an_api_key_says_which_client_it_is_better_than_the_client() -> None:
    headers = ((b"graphql-client-name", b"somebody else"), (b"graphql-client-version", b"1"))
    record = RequestRecord(headers)
    UNWATCHED.identified(record, Caller(Principal("robot", "t1"), api_key="k1", client="nightly export"))
    assert record.client == UsageClient("nightly export", "1")
    record = RequestRecord(headers)
    UNWATCHED.identified(record, Caller(Principal("u1", "t1"), client="web app"))
    assert record.client == UsageClient("somebody else", "1")
    assert record.principal.tenant == "t1"


@pytest.mark.parametrize("value", [b"a\nb", b"x" * 500, "naïve".encode()])
def test_what_a_client_calls_itself_is_bounded_and_printable(value: bytes) -> None:
    name = RequestRecord(((b"graphql-client-name", value),)).client.name
    assert name is None or (len(name) <= 128 and name.isprintable())
