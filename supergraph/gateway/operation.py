"""What the steps of the pipeline hand on about one operation."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import VariableDefinitionNode

from supergraph.gateway.executor import Denial, Executable, Subscription
from supergraph.planner import NormalizedOperation


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What the client wants executed. `read_only`: it came over GET, so nothing may change."""

    query: str
    operation_name: str | None
    variables: Mapping[str, object]
    read_only: bool = False


Decision = tuple[bool, frozenset[str]]
"""What of a principal a decision was made by: is somebody signed in, and which of the relevant scopes are held."""


@dataclass(frozen=True, slots=True)
class RelevantAccess:
    """All that a decision about an operation can depend on: who differs in nothing of it, may see the same."""

    identity: bool = False
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """A valid operation within the limits, ready for any caller and any variables. `defers`: `@defer` stands in it."""

    normalized: NormalizedOperation
    variables: tuple[VariableDefinitionNode, ...]
    access: RelevantAccess
    defers: bool = False


@dataclass(frozen=True, slots=True)
class VisibleOperation:
    """What a caller may see of an operation. `operation` is None where nothing at all is left of it."""

    operation: NormalizedOperation | None
    denials: tuple[Denial, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """Ready to run for every caller who may see the same. `is_denied`: nothing at all is left of the operation."""

    executable: Executable | Subscription
    is_denied: bool = False
