"""The client's variables against their definitions. Spec: Coercing Variable Values."""

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLSchema, VariableDefinitionNode, get_variable_values

from supergraph.gateway.errors import ErrorCode, Problem, Refusal, refuse_operation
from supergraph.gateway.pipeline.limits import Limits

_MOST_ERRORS: Final = 20


def check_variables(
    schema: GraphQLSchema,
    definitions: tuple[VariableDefinitionNode, ...],
    given: Mapping[str, object],
    limits: Limits,
) -> dict[str, object] | Refusal:
    """The values of all defined variables that have one: as the client gave it, or the default.

    What is given goes on as it is, since each subgraph coerces by its own schema; what is not defined goes nowhere.
    """
    if not definitions:
        return {}
    if _is_deeper(given, limits.variable_depth):
        return refuse_operation(
            ErrorCode.OPERATION_LIMIT_EXCEEDED,
            f"The variables are nested more than {limits.variable_depth} levels deep.",
        )
    checked = get_variable_values(schema, definitions, dict(given), max_errors=_MOST_ERRORS)
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


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects are nested in more than `levels` levels."""
    match value:
        case dict():
            return levels == 0 or any(_is_deeper(each, levels - 1) for each in value.values())
        case list():
            return levels == 0 or any(_is_deeper(each, levels - 1) for each in value)
        case _:
            return False
