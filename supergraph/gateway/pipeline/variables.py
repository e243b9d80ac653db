"""The client's variables against their definitions. Spec: Coercing Variable Values."""

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLSchema, VariableDefinitionNode, get_variable_values

from supergraph.gateway.errors import ErrorCode, Problem, Refusal
from supergraph.gateway.operation import Excess
from supergraph.gateway.pipeline.limits import Limits, enforce
from supergraph.gateway.settings import LimitName

_MOST_ERRORS: Final = 20


def check_variables(
    schema: GraphQLSchema,
    definitions: tuple[VariableDefinitionNode, ...],
    given: Mapping[str, object],
    limits: Limits,
    *,
    suggestions: bool = False,
) -> dict[str, object] | Refusal:
    """The values of all defined variables that have one: as the client gave it, or the default.

    What is given goes on as it is, since each subgraph coerces by its own schema; what is not defined goes nowhere.
    """
    if not definitions:
        return {}
    refusal = _check_size(given, limits)
    if refusal is not None:
        return refusal
    checked = get_variable_values(
        schema, definitions, dict(given), max_errors=_MOST_ERRORS, hide_suggestions=not suggestions
    )
    if isinstance(checked, list):
        return Refusal(
            400,
            tuple(
                Problem(
                    ErrorCode.BAD_USER_INPUT,
                    error.message,
                    tuple((each.line, each.column) for each in error.locations or ()),
                )
                for error in checked
            ),
            is_graphql=True,
        )
    return {name: given.get(name, value) for name, value in checked.coerced.items()}


def _check_size(given: Mapping[str, object], limits: Limits) -> Refusal | None:
    """Level by level, as what is nested in thousands of levels must not be followed downwards."""
    depth = values = 0
    level: list[Mapping[str, object] | list[object]] = [given]
    while level:
        depth += 1
        deeper: list[Mapping[str, object] | list[object]] = []
        for each in level:
            values += len(each)
            deeper += [
                one
                for one in (each if isinstance(each, list) else each.values())
                if isinstance(one, dict | list)
            ]
        level = deeper
    most_levels, most_values = limits.variable_depth, limits.variable_values
    if (most_levels is None or depth <= most_levels) and (most_values is None or values <= most_values):
        return None
    found = ((LimitName.VARIABLE_DEPTH, depth, most_levels), (LimitName.VARIABLE_VALUES, values, most_values))
    return enforce(
        [Excess(name, size, most) for name, size, most in found if most is not None and size > most], limits
    )
