from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase
from tests.foundation_subgraph.sign_in.door import Door, open_door


@pytest.fixture
async def door(database: ThrowAwayDatabase, tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(database, tmp_path) as opened:
        yield opened
