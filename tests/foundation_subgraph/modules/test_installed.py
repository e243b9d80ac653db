"""The modules that run in the process itself: in the registry without anybody's doing, until somebody decides otherwise."""

from collections.abc import Mapping
from pathlib import Path

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Subgraph, field, public
from foundation_subgraph.kit.testing import ACME
from foundation_subgraph.modules.changes import disable, enable
from foundation_subgraph.modules.installed import declared_permissions, register_installed, version_of
from foundation_subgraph.modules.model import ModuleVersion, VersionId
from foundation_subgraph.permissions.service import list_permissions
from module_subgraphs import installed
from tests.foundation_subgraph.modules.house import ITEMS, ITEMS_WITH_PRICE, ORDERS, Registrar, version

ITEMS_1 = version("items@1", ITEMS)
ITEMS_2 = version("items@2", ITEMS_WITH_PRICE)
ORDERS_1 = version("orders@1", ORDERS, needs=["items"])


async def start(
    registrar: Registrar, *running: ModuleVersion, broken: Mapping[str, str] | None = None
) -> list[str]:
    """As the house does at every start; what it tells people."""
    async with AsyncSession(registrar.database.owner) as session, session.begin():
        return await register_installed(session, running, broken or {})


def test_a_module_is_published_as_its_manifest_says() -> None:
    loyalty = next(each for each in installed().subgraphs if each.name == "loyalty")
    found = version_of(loyalty)
    assert (found.id, found.owner, found.depends_on) == (VersionId("loyalty", 1), "marketing", ("customers",))
    assert found.sdl == loyalty.sdl()
    assert {each.id for each in found.permissions} == {"loyalty:read", "loyalty:award"}


async def test_what_runs_is_published_and_everybody_has_it_and_a_second_start_changes_nothing(
    registrar: Registrar,
) -> None:
    assert await start(registrar, ORDERS_1, ITEMS_1) == []
    first = await registrar.registry()
    assert await registrar.of(ACME) == await registrar.of(None) == ["items@1", "orders@1"]
    assert await start(registrar, ORDERS_1, ITEMS_1) == []
    assert await registrar.registry() == first


async def test_the_next_version_follows_the_code_also_back_again(registrar: Registrar) -> None:
    for running in (ITEMS_1, ITEMS_2, ITEMS_1):
        assert await start(registrar, running) == []
        assert await registrar.of(ACME) == [str(running.id)]


async def test_what_somebody_decided_stays_and_people_are_told(registrar: Registrar) -> None:
    await start(registrar, ITEMS_1)
    async with registrar.desk() as desk:
        await enable(desk, ITEMS_1.id)
    assert await start(registrar, ITEMS_2) == []
    assert await registrar.of(ACME) == ["items@2"], "nothing was decided: it was so already"
    async with registrar.desk() as desk:
        await enable(desk, ITEMS_1.id)
    assert await start(registrar, ITEMS_2) == ["items@2 runs here, and items@1 is what ada chose for all"]
    async with registrar.desk() as desk:
        await disable(desk, "items")
    assert await start(registrar, ITEMS_2) == []
    assert await registrar.of(ACME) == []


async def test_a_version_whose_document_changed_stays_as_it_was_published(registrar: Registrar) -> None:
    await start(registrar, ITEMS_1)
    [notice] = await start(registrar, version("items@1", ITEMS_WITH_PRICE))
    assert notice.startswith("items@1 has changed since it was published; what runs here is served.")
    assert (await registrar.registry()).versions[ITEMS_1.id] == ITEMS_1
    [notice] = await start(registrar, version("items@2", ITEMS, owner="others"))
    assert "items@2 runs here and is not published: the module id items belongs to" in notice


async def test_a_broken_module_is_set_aside_with_its_reason_until_it_runs_again(registrar: Registrar) -> None:
    await start(registrar, ITEMS_1, ORDERS_1)
    await start(registrar, ORDERS_1, broken={"items": "ImportError: no module named x"})
    assert (await registrar.registry()).faults == {ITEMS_1.id: "ImportError: no module named x"}
    assert await registrar.of(ACME) == []
    await start(registrar, ITEMS_1, ORDERS_1, broken={"unheard_of": "never published"})
    assert await registrar.of(ACME) == ["items@1", "orders@1"]


async def test_permissions_of_a_version_that_a_tenant_still_has_are_not_retired(registrar: Registrar) -> None:
    @strawberry.type
    class Query:
        @field(public)
        def items(self) -> int | None:
            return None

    write = Permission("items:write", "Change items", Access.WRITE)
    code = Subgraph("items", title="Items", query=Query, permissions=[write], migrations=Path("nowhere"))
    await registrar.publish(ITEMS_2)
    async with registrar.desk() as desk:
        assert [each.id for each in await declared_permissions(desk.session, code)] == ["items:write"]
        await enable(desk, ITEMS_2.id, ACME)
        assert {each.id for each in await declared_permissions(desk.session, code)} == {
            "items:read",
            "items:write",
        }
        assert "items:read" in {each.id for each in await list_permissions(desk.session)}
