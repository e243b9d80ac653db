"""One operation made ready to run, once per snapshot: its plan, its fetches' programs, its projection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import GraphQLObjectType

from supergraph.gateway.executor.compiled_plan import CompiledPlan, compile_plan
from supergraph.gateway.executor.compiled_projection import ProjectObject, compile_projection
from supergraph.gateway.executor.defer_program import DeferProgram, prepare_defers
from supergraph.gateway.executor.execution_schema import ExecutionSchema
from supergraph.gateway.executor.fetch_program import FetchProgram, prepare_fetches
from supergraph.gateway.executor.introspection import IntrospectionProgram, prepare_introspection
from supergraph.gateway.executor.problems import Denial
from supergraph.gateway.executor.projection_program import (
    ProjectionProgram,
    condition_variables,
    has_deferrals,
    prepare_projection,
    resolve_conditions,
)
from supergraph.planner import Condition, Defer, NormalizedOperation, OperationKind, QueryPlan

_PROJECTIONS_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class Projection:
    """The same projection twice: `compiled` for answers that are as they should be, `program` for all."""

    program: ProjectionProgram
    compiled: ProjectObject
    plan: CompiledPlan | None


@dataclass(frozen=True, slots=True)
class Executable:
    """Safe for many requests at once. Nothing in it depends on who asks, but for the denials it was made with."""

    plan: QueryPlan
    operation: NormalizedOperation
    schema: ExecutionSchema
    denials: tuple[Denial, ...]
    rehearsed: tuple[Denial, ...]
    fetches: Mapping[int, FetchProgram]
    introspection: IntrospectionProgram | None
    condition_variables: tuple[str, ...]
    has_deferrals: bool
    defers: Mapping[int, DeferProgram]
    # By the values of the variables that decide what is selected; a few of the 2^n, those that clients use.
    _projections: dict[tuple[bool, ...], Projection] = field(default_factory=dict)

    def defer(self, variables: Mapping[str, object]) -> DeferProgram | None:
        """What is given in parts with these variables; None where all is answered at once."""
        node = self.plan.node
        while isinstance(node, Condition):
            node = node.if_true if variables.get(node.variable) is True else node.if_false
        return self.defers[id(node)] if isinstance(node, Defer) else None

    def incremental_projection(
        self, defer: DeferProgram, variables: Mapping[str, object]
    ) -> ProjectionProgram:
        """What these variables select, with what is deferred kept apart."""
        selections = resolve_conditions(self.operation.selections, variables, defer.numbers)
        return prepare_projection(self.schema.api, self._root, selections, self.denials)

    def rehearsal(self, variables: Mapping[str, object]) -> ProjectionProgram:
        """What these variables would select if `rehearsed` were denied."""
        selections = resolve_conditions(self.operation.selections, variables)
        return prepare_projection(self.schema.api, self._root, selections, self.rehearsed)

    @property
    def _root(self) -> GraphQLObjectType:
        root = self.schema.api.type_map[self.operation.root_type]
        assert isinstance(root, GraphQLObjectType), "an operation's root is an object type"
        return root

    def projection(self, variables: Mapping[str, object]) -> Projection:
        """What these variables select."""
        chosen = tuple(variables.get(name) is True for name in self.condition_variables)
        projection = self._projections.get(chosen)
        if projection is None:
            selections = self.operation.selections
            if self.condition_variables or self.has_deferrals:
                selections = resolve_conditions(selections, variables)
            program = prepare_projection(self.schema.api, self._root, selections, self.denials)
            if len(self._projections) >= _PROJECTIONS_KEPT:
                self._projections.pop(next(iter(self._projections)), None)
            plan = self._compile_plan(program, variables)
            projection = self._projections[chosen] = Projection(program, compile_projection(program), plan)
        return projection

    def _compile_plan(
        self, projection: ProjectionProgram, variables: Mapping[str, object]
    ) -> CompiledPlan | None:
        if (
            self.denials
            or self.rehearsed
            or self.introspection is not None
            or self.operation.kind is not OperationKind.QUERY
        ):
            return None
        return compile_plan(self.plan, self.fetches, projection, variables)


def prepare(
    plan: QueryPlan,
    operation: NormalizedOperation,
    schema: ExecutionSchema,
    denials: Sequence[Denial] = (),
    *,
    rehearsed: Sequence[Denial] = (),
) -> Executable:
    """Make an operation ready to run.

    `operation` is all that the client asked, `plan` what is to be fetched for it: fields that `denials` name are in
    the first and not in the second. Those that `rehearsed` names are fetched and given, and told as if they were not.
    """
    fetches = prepare_fetches(plan.node, schema.possible_types)
    return Executable(
        plan=plan,
        operation=operation,
        schema=schema,
        denials=tuple(denials),
        rehearsed=tuple(rehearsed),
        fetches=fetches,
        introspection=prepare_introspection(schema.api, operation),
        condition_variables=condition_variables(operation.selections),
        has_deferrals=has_deferrals(operation.selections),
        defers=prepare_defers(plan.node, fetches),
    )
