"""E5: logs and traces without the tenant they are kept by: their proofs fail."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from supergraph.gateway import log_lines
from supergraph.gateway.hooks.builtin import tracing
from tests.supergraph.gateway import test_log_lines as lines
from tests.supergraph.gateway.hooks.builtin import test_tracing as traces
from tests.taking_away import assert_notices, take_away

Open = Callable[..., Awaitable[Any]]
written = lines.written
shop = traces.shop


@pytest.mark.parametrize("instead", ["pass", 'event.setdefault("tenant", "t1")'])
async def test_log_lines_without_their_tenant_are_noticed(
    open_gateway: Open,
    graphql_subgraph: type[Any],
    written: lines.Written,
    instead: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_away(
        monkeypatch, log_lines.add_request, 'event.setdefault("tenant", record.principal.tenant)', instead
    )
    await assert_notices(lines.test_lines_of_tenants_are_told_apart(open_gateway, graphql_subgraph, written))


@pytest.mark.parametrize("instead", ["pass", 'attributes["dovetail.tenant"] = "t1"'])
async def test_traces_without_their_tenant_are_noticed(
    open_gateway: Open,
    collector: Any,
    shop: dict[str, Any],
    instead: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_away(monkeypatch, tracing._facts, 'attributes["dovetail.tenant"] = record.principal.tenant', instead)
    await assert_notices(traces.test_tenants_are_told_apart(open_gateway, collector, shop))
