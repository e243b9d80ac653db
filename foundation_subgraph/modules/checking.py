"""Whether versions fit together: asked of a composer, which this room does not know and finds by its import string."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

from foundation_subgraph.modules.model import ModuleVersion

GRAPH_CHECK: Final = "schema.module_sets:ModuleSetCheck"


@dataclass(frozen=True, slots=True)
class GraphProblem:
    """Why a set of versions makes no graph, in one line, and the modules that have a part in it."""

    message: str
    modules: tuple[str, ...] = ()


class GraphCheck(Protocol):
    """Judges sets of versions, each together with the foundation. Both functions take their time, and may be called in a thread."""

    def problems(self, together: Sequence[ModuleVersion]) -> Sequence[GraphProblem]:
        """Why these versions make no graph together; nothing where they do."""
        ...

    def breaking(self, before: Sequence[ModuleVersion], after: Sequence[ModuleVersion]) -> Sequence[str]:
        """What clients of the graph before would miss in the graph after, a line each. Both sets make a graph."""
        ...


def find_graph_check() -> GraphCheck:
    module, _, attribute = GRAPH_CHECK.partition(":")
    return cast("GraphCheck", getattr(importlib.import_module(module), attribute)())
