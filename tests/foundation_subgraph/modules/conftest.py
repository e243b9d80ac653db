import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase
from tests.foundation_subgraph.modules.house import Registrar, make_tenants


@pytest.fixture
async def registrar(database: ThrowAwayDatabase) -> Registrar:
    await make_tenants(database)
    return Registrar(database)
