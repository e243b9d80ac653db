from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase
from tests.foundation_subgraph.sign_in.door import Door, open_door
from tests.foundation_subgraph.sign_in.visitor import Visitor, open_visit


@pytest.fixture
async def door(database: ThrowAwayDatabase, tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def visitor(
    database: ThrowAwayDatabase, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Visitor]:
    """Of a house whose provider `staff` is as the settings given as the parameter have it."""
    async with open_visit(database, tmp_path, getattr(request, "param", {})) as opened:
        yield opened
