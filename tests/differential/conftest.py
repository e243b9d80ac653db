"""What the differential tests are made of: `drawing` makes a `world`, `splitting` its subgraphs, `operations` what is
asked; `federation` answers it twice. Hypothesis shrinks a failing case to a small one."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.differential.broad_drawing import broad_worlds
from tests.differential.broad_federation import BroadFederation
from tests.differential.drawing import worlds
from tests.differential.federation import Federation
from tests.differential.operations import deferrals, is_valid, operations


@dataclass(frozen=True)
class Differential:
    worlds: Any
    operations: Any
    deferrals: Any
    federation: Any
    is_valid: Any
    broad_worlds: Any
    broad_federation: Any


@pytest.fixture(scope="session")
def differential() -> Differential:
    return Differential(worlds, operations, deferrals, Federation, is_valid, broad_worlds, BroadFederation)
