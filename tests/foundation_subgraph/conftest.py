"""Databases for the foundation's tests: one with its tables alone, one with those of every module, and both to be altered."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit.testing import database_fixture
from module_subgraphs import installed

database = database_fixture(foundation)
whole_database = database_fixture(foundation, *installed().subgraphs)
altered_database = database_fixture(foundation, altered=True)
altered_whole_database = database_fixture(foundation, *installed().subgraphs, altered=True)


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder that stays passable for the server's system user: pytest closes its own whenever a session starts."""
    with tempfile.TemporaryDirectory(prefix="dovetail-house-") as folder:
        yield Path(folder)
