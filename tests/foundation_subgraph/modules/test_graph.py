"""Modules in the graph: a tenant reads what it has, operators decide, and both through rules and the database."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.testing import ACME, GLOBEX, principal
from foundation_subgraph.modules.changes import enable, roll_out, set_aside
from foundation_subgraph.modules.model import Audience, VersionId
from foundation_subgraph.modules.recording import By
from foundation_subgraph.tenants.tables import TenantRow
from tests.foundation_subgraph.modules.house import ITEMS, ITEMS_WITH_PRICE, ORDERS, Registrar, version

PLATFORM = UUID("00000000-0000-4000-8000-0000000000ff")
PROBLEM = "__typename ... on Problem { code message }"
CHANGED = f"{PROBLEM} ... on RegisteredModule {{ versionForAll tenants {{ tenant version }} rollout {{ version percent tenants }} }}"
MINE = "{ modules { id title owner version setAside } }"


@pytest.fixture(autouse=True)
async def published(registrar: Registrar) -> None:
    async with AsyncSession(registrar.database.owner) as session, session.begin():
        await narrow(session, PLATFORM)
        session.add(TenantRow(id=PLATFORM, slug="platform", name="Platform", is_platform=True))
    await registrar.publish(
        version("items@1", ITEMS),
        version("items@2", ITEMS_WITH_PRICE),
        version("orders@1", ORDERS, needs=["items"]),
    )


async def ask(
    registrar: Registrar, query: str, *, tenant: UUID = PLATFORM, scopes: str = "platform:modules"
) -> Any:
    answer = await registrar.database.execute(subgraph, query, principal(*scopes.split(), tenant=tenant))
    assert "errors" not in answer, answer
    [found] = answer["data"].values()
    return found


async def test_a_tenant_reads_what_it_has_and_nothing_of_others(registrar: Registrar) -> None:
    async with registrar.desk() as desk:
        await enable(desk, VersionId("items", 1))
        await roll_out(desk, VersionId("items", 2), Audience(tenants=frozenset({ACME})))
        await enable(desk, VersionId("orders", 1), GLOBEX)
    acme = await ask(registrar, MINE, tenant=ACME, scopes="")
    assert acme == [{"id": "items", "title": "Items", "owner": "team", "version": 2, "setAside": None}]
    globex = await ask(registrar, MINE, tenant=GLOBEX, scopes="")
    assert [(one["id"], one["version"]) for one in globex] == [("items", 1), ("orders", 1)]
    assert await ask(registrar, '{ module(id: "orders") { version } }', tenant=ACME, scopes="") is None
    assert await ask(registrar, '{ module(id: "items") { version } }', tenant=ACME, scopes="") == {
        "version": 2
    }


async def test_why_a_module_is_away_is_told_to_who_misses_it(registrar: Registrar) -> None:
    async with registrar.desk(By("house", "its migration fails")) as desk:
        await enable(desk, VersionId("items", 1))
        await enable(desk, VersionId("orders", 1))
        await set_aside(desk, VersionId("items", 1))
    found = await ask(registrar, "{ modules { id setAside } }", tenant=ACME, scopes="")
    assert found == [
        {"id": "items", "setAside": "its migration fails"},
        {"id": "orders", "setAside": "it needs items"},
    ]


async def test_an_operator_decides_and_both_logs_tell_it(registrar: Registrar) -> None:
    enabled = await ask(registrar, f'mutation {{ enableModule(version: "items@1") {{ {CHANGED} }} }}')
    assert enabled["versionForAll"] == 1
    own = await ask(
        registrar,
        f'mutation {{ enableModule(version: "items@2", tenant: "{ACME}", reason: "asked") {{ {CHANGED} }} }}',
    )
    assert own["tenants"] == [{"tenant": str(ACME), "version": 2}]
    log = "{ auditLog { nodes { action target details } } }"
    [told] = (await ask(registrar, log, tenant=ACME, scopes="audit:read"))["nodes"]
    assert told == {"action": "module.enabled", "target": "items@2", "details": {"reason": "asked"}}
    operators = (await ask(registrar, log, scopes="audit:read"))["nodes"]
    assert [one["details"].get("tenant") for one in operators] == [str(ACME), None]
    disabled = await ask(
        registrar, f'mutation {{ disableModule(id: "items", tenant: "{GLOBEX}") {{ {CHANGED} }} }}'
    )
    assert {"tenant": str(GLOBEX), "version": None} in disabled["tenants"]
    back = await ask(
        registrar, f'mutation {{ rollBackModule(id: "items", tenant: "{ACME}") {{ {CHANGED} }} }}'
    )
    assert str(ACME) not in [one["tenant"] for one in back["tenants"]]


async def test_a_rollout_is_begun_widened_halted_and_finished_in_the_graph(registrar: Registrar) -> None:
    await ask(registrar, f'mutation {{ enableModule(version: "items@1") {{ {CHANGED} }} }}')
    begin = (
        f'mutation {{ rollOutModule(version: "items@2", tenants: ["{ACME}"], percent: %d) {{ {CHANGED} }} }}'
    )
    assert (await ask(registrar, begin % 0))["rollout"] == {
        "version": 2,
        "percent": 0,
        "tenants": [str(ACME)],
    }
    assert (await ask(registrar, begin % 20))["rollout"]["percent"] == 20
    halted = await ask(
        registrar, f'mutation {{ haltModuleRollout(id: "items", reason: "slow") {{ {CHANGED} }} }}'
    )
    assert (halted["rollout"], halted["versionForAll"]) == (None, 1)
    await ask(registrar, begin % 100)
    finished = await ask(registrar, f'mutation {{ finishModuleRollout(id: "items") {{ {CHANGED} }} }}')
    assert finished["versionForAll"] == 2
    registered = await ask(
        registrar, "{ registeredModules { id versions { version dependsOn permissions } } }"
    )
    assert registered[1] == {
        "id": "orders",
        "versions": [{"version": 1, "dependsOn": ["items"], "permissions": ["orders:read"]}],
    }


@pytest.mark.parametrize(
    ("field", "typename", "code"),
    [
        ('enableModule(version: "orders@1")', "Conflict", "MODULE_NEEDED"),
        ('enableModule(version: "items@9")', "NotFound", "VERSION_NOT_FOUND"),
        ('enableModule(version: "items")', "InvalidInput", "BAD_USER_INPUT"),
        ('enableModule(version: "items@1", tenant: "nobody")', "InvalidInput", "BAD_USER_INPUT"),
        (f'enableModule(version: "items@1", tenant: "{UUID(int=1)}")', "NotFound", "TENANT_NOT_FOUND"),
        ('disableModule(id: "nothing")', "NotFound", "MODULE_NOT_FOUND"),
        ('rollOutModule(version: "items@1")', "InvalidInput", "BAD_USER_INPUT"),
        ('rollOutModule(version: "items@1", percent: 101)', "InvalidInput", "BAD_USER_INPUT"),
        ('rollOutModule(version: "items@1", rings: ["early"])', "NotFound", "RING_NOT_FOUND"),
        ('haltModuleRollout(id: "items", reason: "x")', "NotFound", "NO_ROLLOUT"),
        ('rollBackModule(id: "items")', "Conflict", "NO_EARLIER_VERSION"),
    ],
)
async def test_what_is_refused_is_a_typed_problem(
    registrar: Registrar, field: str, typename: str, code: str
) -> None:
    found = await ask(registrar, f"mutation {{ {field} {{ {PROBLEM} }} }}")
    assert (found["__typename"], found["code"]) == (typename, code)


@pytest.mark.parametrize(
    "query",
    [
        "{ registeredModules { id } }",
        f'mutation {{ enableModule(version: "items@1") {{ {PROBLEM} }} }}',
        f'mutation {{ haltModuleRollout(id: "items", reason: "x") {{ {PROBLEM} }} }}',
    ],
)
async def test_who_is_no_operator_decides_nothing(registrar: Registrar, query: str) -> None:
    answer = await registrar.database.execute(subgraph, query, principal("tenant:manage"))
    assert answer["errors"]
    assert await registrar.of(None) == []
