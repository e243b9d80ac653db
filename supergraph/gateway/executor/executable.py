"""One operation made ready to run, once per snapshot: its plan, its fetches' programs, its projection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import GraphQLObjectType

from supergraph.gateway.executor.compiled_projection import ProjectObject, compile_projection
from supergraph.gateway.executor.execution_schema import ExecutionSchema
from supergraph.gateway.executor.fetch_program import FetchProgram, prepare_fetches
from supergraph.gateway.executor.introspection import IntrospectionProgram, prepare_introspection
from supergraph.gateway.executor.problems import Denial
from supergraph.gateway.executor.projection_program import (
    ProjectionProgram,
    condition_variables,
    prepare_projection,
    resolve_conditions,
)
from supergraph.planner import NormalizedOperation, QueryPlan

_PROJECTIONS_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class Projection:
    """The same projection twice: `compiled` for answers that are as they should be, `program` for all."""

    program: ProjectionProgram
    compiled: ProjectObject


@dataclass(frozen=True, slots=True)
class Executable:
    """Safe for many requests at once. Nothing in it depends on who asks, but for the denials it was made with."""

    plan: QueryPlan
    operation: NormalizedOperation
    schema: ExecutionSchema
    denials: tuple[Denial, ...]
    fetches: Mapping[int, FetchProgram]
    introspection: IntrospectionProgram | None
    condition_variables: tuple[str, ...]
    # By the values of the variables that decide what is selected; a few of the 2^n, those that clients use.
    _projections: dict[tuple[bool, ...], Projection] = field(default_factory=dict)

    def projection(self, variables: Mapping[str, object]) -> Projection:
        """What these variables select."""
        chosen = tuple(variables.get(name) is True for name in self.condition_variables)
        projection = self._projections.get(chosen)
        if projection is None:
            root = self.schema.api.type_map[self.operation.root_type]
            assert isinstance(root, GraphQLObjectType), "an operation's root is an object type"
            selections = self.operation.selections
            if self.condition_variables:
                selections = resolve_conditions(selections, variables)
            program = prepare_projection(self.schema.api, root, selections, self.denials)
            if len(self._projections) >= _PROJECTIONS_KEPT:
                self._projections.pop(next(iter(self._projections)), None)
            projection = self._projections[chosen] = Projection(program, compile_projection(program))
        return projection


def prepare(
    plan: QueryPlan,
    operation: NormalizedOperation,
    schema: ExecutionSchema,
    denials: Sequence[Denial] = (),
) -> Executable:
    """Make an operation ready to run.

    `operation` is all that the client asked, `plan` what is to be fetched for it: fields that `denials` name are in
    the first and not in the second.
    """
    return Executable(
        plan=plan,
        operation=operation,
        schema=schema,
        denials=tuple(denials),
        fetches=prepare_fetches(plan.node, schema.possible_types),
        introspection=prepare_introspection(schema.api, operation),
        condition_variables=condition_variables(operation.selections),
    )
