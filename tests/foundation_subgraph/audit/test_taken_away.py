"""E6: what is written behind requests, with its protection taken away: its proof fails."""

import pytest

from foundation_subgraph.audit import sink
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from tests.foundation_subgraph.audit import test_sink as denials
from tests.taking_away import assert_notices, take_away


async def test_denials_that_are_written_without_their_tenant_are_noticed(
    database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch, sink._keep, "await narrow(session, tenant)", "await narrow(session, None)")
    await assert_notices(denials.test_a_denial_is_an_entry_of_its_tenant(database))


async def test_denials_that_are_written_for_the_tenant_of_the_first_are_noticed(
    database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch, sink._keep, "by_tenant[str(record.tenant)]", "by_tenant[str(batch[0].tenant)]")
    await assert_notices(denials.test_a_denial_is_an_entry_of_its_tenant(database))
