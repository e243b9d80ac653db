"""A house that opens has its modules in the registry, and hears what becomes of them."""

import asyncio
from contextlib import aclosing
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.database_addresses import find_address
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit.roles import FOUNDATION_ROLE
from foundation_subgraph.modules.changes import Desk, disable, roll_back
from foundation_subgraph.modules.recording import By
from foundation_subgraph.seeding import demo_tenant_id
from foundation_subgraph.serving import open_house
from foundation_subgraph.sign_in import PasswordCost
from module_subgraphs import installed
from schema.module_sets import ModuleSetCheck


async def test_a_house_registers_what_it_runs_and_a_tenant_that_loses_a_module_is_told_at_once(
    data_folder: Path,
) -> None:
    """F6: a rollback is in effect without a restart, in less than five seconds."""
    cheap = PasswordCost(passes=1, memory=8, lanes=1)
    settings = HouseSettings(data_folder=data_folder, demo=True, password_cost=cheap)
    acme, globex = demo_tenant_id("acme"), demo_tenant_id("globex")
    names = {each.name for each in installed().subgraphs}
    async with open_house(settings) as house, aclosing(house.modules.changes()) as changes:
        everything = house.modules.of(str(acme))
        assert {version.partition("@")[0] for version in everything} == names
        assert everything is house.modules.of(None)
        documents = await house.modules.documents(everything)
        assert {each.name: each.address for each in documents} == {
            each.name: each.app for each in house.subgraphs
        }
        engine = find_address(settings, FOUNDATION_ROLE).engine(pool_size=0)
        changed = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        async with AsyncSession(engine) as session, session.begin():
            await disable(Desk(session, By("ada"), ModuleSetCheck()), "loyalty", acme)
        async with asyncio.timeout(5):
            await changed
        assert house.modules.of(str(acme)) == {one for one in everything if not one.startswith("loyalty@")}
        assert house.modules.of(str(globex)) is everything
        async with AsyncSession(engine) as session, session.begin():
            await roll_back(Desk(session, By("ada"), ModuleSetCheck()), "loyalty", acme)
        async with asyncio.timeout(5):
            await anext(changes)
        assert house.modules.of(str(acme)) == everything
    async with open_house(settings) as house:
        assert house.modules.of(str(acme)) == everything
        assert house.notices == () or not any("@" in each for each in house.notices)
