"""What the steps of the pipeline hand on about one operation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Final, NamedTuple

from graphql import FieldNode, VariableDefinitionNode

from supergraph.gateway.access_rules import Shortfall
from supergraph.gateway.cost_estimate import FREE, CostEstimate
from supergraph.gateway.executor import Denial, Executable, Subscription
from supergraph.gateway.hooks import OperationFacts
from supergraph.gateway.settings import LimitName
from supergraph.planner import ArgumentValue, NormalizedOperation
from supergraph.spec import Coordinate


class Decision(NamedTuple):
    """All that the visible part of an operation follows from: what is kept per caller is kept by this.

    Is somebody signed in, which of the relevant scopes are held, and which of the relevant policies hold, by their
    numbers in `RelevantAccess.policies`. `rehearsed`: nothing leaves the operation, what would leave is only told.
    """

    authenticated: bool = False
    scopes: frozenset[str] = frozenset()
    granted: frozenset[int] = frozenset()
    rehearsed: bool = False


@dataclass(frozen=True, slots=True)
class AskedPolicy:
    """A policy that an operation has to pass at one place, for any values of its variables.

    `guarded` is where the rule stands, `selected` the field by which the operation meets it, `node` that field with its
    `arguments` as the client wrote them.
    """

    policy: str
    guarded: Coordinate
    selected: Coordinate
    arguments: tuple[ArgumentValue, ...]
    node: FieldNode = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RelevantAccess:
    """All that a decision about an operation can depend on: who differs in nothing of it, may see the same."""

    identity: bool = False
    scopes: frozenset[str] = frozenset()
    policies: tuple[AskedPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationSize:
    """How large an operation is, each part by the limit of its name: see `settings/limits.py`."""

    tokens: int = 0
    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    selections: int = 0
    repeats: int = 0
    directives: int = 0
    directives_at_one_place: int = 0

    def by_limit(self) -> Iterator[tuple[LimitName, int]]:
        for part in fields(self):
            yield LimitName(part.name), getattr(self, part.name)

    def together_with(self, other: "OperationSize") -> "OperationSize":
        """Both in one batch: what has a place of its own does not add up."""
        return OperationSize(
            self.tokens + other.tokens,
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.root_fields + other.root_fields,
            self.selections + other.selections,
            max(self.repeats, other.repeats),
            self.directives + other.directives,
            max(self.directives_at_one_place, other.directives_at_one_place),
        )

    def or_larger(self, other: "OperationSize") -> "OperationSize":
        return OperationSize(
            *(max(getattr(self, part.name), getattr(other, part.name)) for part in fields(self))
        )


_NO_SIZE: Final = OperationSize()


@dataclass(frozen=True, slots=True)
class Excess:
    """That an operation exceeds a limit."""

    limit: LimitName
    found: int
    allowed: int


class LeafVariable(NamedTuple):
    """A variable of a built-in scalar: what JSON value is surely one of its values."""

    name: str
    value_class: type
    is_required: bool


@dataclass(frozen=True, slots=True)
class VariableRules:
    """`leaves` where that is all there is to know of the variables: no lists, objects, enums, defaults among them."""

    definitions: tuple[VariableDefinitionNode, ...]
    leaves: tuple[LeafVariable, ...] | None = None


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """A valid operation within the limits, ready for any caller and any variables. `defers`: `@defer` stands in it.

    `excess` is what it exceeds of limits that only report.
    """

    normalized: NormalizedOperation
    variables: VariableRules
    access: RelevantAccess
    facts: OperationFacts
    defers: bool = False
    size: OperationSize = _NO_SIZE
    cost: CostEstimate = FREE
    excess: tuple[Excess, ...] = ()
    introspects: bool = False  # it asks about the schema


@dataclass(frozen=True, slots=True)
class VisibleOperation:
    """What a caller may see of an operation. `operation` is None where nothing at all is left of it.

    `denials` say of each field that left why it did.
    """

    operation: NormalizedOperation | None
    denials: Mapping[Denial, tuple[Shortfall, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """Ready to run for every caller who may see the same. `is_denied`: nothing at all is left of the operation."""

    executable: Executable | Subscription
    is_denied: bool = False
    denials: Mapping[Denial, tuple[Shortfall, ...]] = field(default_factory=dict)
