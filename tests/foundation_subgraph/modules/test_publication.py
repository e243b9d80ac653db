"""Publishing: what fits is kept for ever, and nothing else is."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal
from foundation_subgraph.modules.changes import enable
from foundation_subgraph.modules.model import VersionId
from foundation_subgraph.modules.tables import ModuleVersionRow
from foundation_subgraph.permissions.service import list_permissions
from tests.foundation_subgraph.modules.house import (
    ITEMS,
    ITEMS_WITH_PRICE,
    ORDERS,
    ORDERS_BY_PRICE,
    Registrar,
    version,
)


async def test_a_version_is_kept_with_its_permissions_and_nobody_has_it_yet(registrar: Registrar) -> None:
    await registrar.publish(version("items@1", ITEMS))
    known = await registrar.registry()
    assert known.versions == {VersionId("items", 1): version("items@1", ITEMS)}
    assert await registrar.of(None) == []
    async with registrar.desk() as desk:
        assert "items:read" in {each.id for each in await list_permissions(desk.session)}


async def test_a_version_is_never_published_twice(registrar: Registrar) -> None:
    await registrar.publish(version("items@2", ITEMS))
    with pytest.raises(Refusal, match="items@2 is published already, and stays as it is"):
        await registrar.publish(version("items@2", ITEMS_WITH_PRICE))
    with pytest.raises(Refusal, match="items@2 is published already: publish a later version"):
        await registrar.publish(version("items@1", ITEMS))
    assert [each.sdl for each in (await registrar.registry()).versions.values()] == [
        version("items@2", ITEMS).sdl
    ]


async def test_of_two_who_publish_one_version_at_once_one_does(registrar: Registrar) -> None:
    """F11."""
    ended = await asyncio.gather(
        registrar.publish(version("items@1", ITEMS)),
        registrar.publish(version("items@1", ITEMS_WITH_PRICE)),
        return_exceptions=True,
    )
    [refused] = [each for each in ended if each is not None]
    assert isinstance(refused, Refusal)
    assert refused.message == "items@1 is published already, and stays as it is"
    assert len((await registrar.registry()).versions) == 1


async def test_a_module_belongs_to_its_team(registrar: Registrar) -> None:
    await registrar.publish(version("items@1", ITEMS))
    with pytest.raises(Refusal, match='the module id items belongs to "team", so "others" cannot'):
        await registrar.publish(version("items@2", ITEMS, owner="others"))


async def test_what_does_not_compose_with_what_all_have_is_refused(registrar: Registrar) -> None:
    await registrar.publish(version("items@1", ITEMS))
    async with registrar.desk() as desk:
        await enable(desk, VersionId("items", 1))
    with pytest.raises(Refusal, match=r"orders@1 does not fit with what is published: .*price"):
        await registrar.publish(version("orders@1", ORDERS_BY_PRICE, needs=["items"]))
    with pytest.raises(Refusal, match=r"orders@1 does not fit with what is published: \[?orders|Syntax"):
        await registrar.publish(version("orders@1", "type {"))
    with pytest.raises(Refusal, match="orders@1 depends on shops, of which no version is published"):
        await registrar.publish(version("orders@1", ORDERS, needs=["shops"]))
    await registrar.publish(version("orders@1", ORDERS, needs=["items"]))


async def test_what_takes_something_from_clients_is_refused_until_it_is_meant(registrar: Registrar) -> None:
    await registrar.publish(version("items@1", ITEMS_WITH_PRICE))
    with pytest.raises(Refusal, match=r"items@2 breaks clients of items@1: Item.price"):
        await registrar.publish(version("items@2", ITEMS))
    await registrar.publish(version("items@2", ITEMS), accepted="nobody asks for prices")
    async with registrar.desk() as desk:
        accepted = await desk.session.scalars(
            select(ModuleVersionRow.accepted).order_by(ModuleVersionRow.version)
        )
        assert accepted.all() == ["", "nobody asks for prices"]


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE foundation.module_versions SET sdl = ''",
        "DELETE FROM foundation.module_versions",
        "TRUNCATE foundation.module_versions CASCADE",
        "UPDATE foundation.module_changes SET actor = 'somebody else'",
        "DELETE FROM foundation.module_changes",
    ],
)
async def test_the_database_refuses_to_change_what_was_published_and_done(
    registrar: Registrar, write: str
) -> None:
    await registrar.publish(version("items@1", ITEMS))
    async with AsyncSession(registrar.database.owner) as session:
        with pytest.raises(DBAPIError, match="never changed or removed"):
            await session.execute(text(write))
