"""E6: side paths, each protection of theirs taken away by its name: its proof fails."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from foundation_subgraph.administration import office, tenant_export
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.tenants import service as tenants
from tests.foundation_subgraph.administration import test_commands as commands
from tests.foundation_subgraph.administration import test_tenant_export as exports
from tests.taking_away import assert_notices, take_away

two_tenants = exports.two_tenants

Command = Callable[..., Awaitable[Any]]


@pytest.mark.usefixtures("two_tenants")
async def test_an_export_of_no_tenants_rows_is_noticed(
    dovetail: Command, whole_database: ThrowAwayDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch, tenant_export._reading, "await narrow(session, tenant)")
    await assert_notices(
        exports.test_every_table_of_tenants_is_written_with_the_tenants_own_rows(
            dovetail, whole_database, tmp_path
        )
    )


@pytest.mark.usefixtures("two_tenants")
async def test_an_export_by_a_login_that_policies_do_not_bind_is_noticed(
    dovetail: Command, whole_database: ThrowAwayDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch, tenant_export._write, "await check_application_role(modules)")
    await assert_notices(
        exports.test_a_login_that_policies_do_not_bind_exports_nothing(
            dovetail, whole_database, tmp_path, monkeypatch
        )
    )


@pytest.mark.usefixtures("two_tenants")
async def test_an_export_of_secrets_is_noticed(
    dovetail: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch, tenant_export._Table.written, " and not _SECRET.search(name)")
    await assert_notices(exports.test_nothing_that_signs_anybody_in_is_written(dovetail, tmp_path))


async def test_administration_in_another_tenant_than_the_named_is_noticed(
    dovetail: Command, whole_database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch, tenants.enter_tenant, "await narrow(session, row.id)")
    await assert_notices(
        commands.test_people_are_invited_listed_and_removed_but_for_the_last_owner(dovetail, whole_database)
    )


async def test_running_the_platform_given_in_any_tenant_is_noticed(
    dovetail: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(
        monkeypatch,
        office.grantable,
        "if tenant.is_platform or permission.access is not Access.OPERATE",
    )
    await assert_notices(commands.test_running_the_platform_cannot_be_given_outside_its_own_tenant(dovetail))
