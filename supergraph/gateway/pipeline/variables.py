"""The client's variables against their definitions. Spec: Coercing Variable Values."""

from collections.abc import Mapping
from typing import Final, cast

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    VariableDefinitionNode,
    get_variable_values,
    type_from_ast,
)

from supergraph.gateway.errors import Problem, Refusal
from supergraph.gateway.operation import Excess, LeafVariable, VariableRules
from supergraph.gateway.pipeline.limits import Limits, enforce
from supergraph.gateway.settings import LimitName
from supergraph.spec import RequestCode

_MOST_ERRORS: Final = 20
_NESTING: Final = (dict, list)
_LEAF_CLASSES: Final[Mapping[object, type]] = {
    GraphQLInt: int,
    GraphQLFloat: float,
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
}


def read_variable_rules(
    schema: GraphQLSchema, definitions: tuple[VariableDefinitionNode, ...]
) -> VariableRules:
    """What a valid operation's variables must be like."""
    return VariableRules(definitions, _leaves(schema, definitions))


def _leaves(
    schema: GraphQLSchema, definitions: tuple[VariableDefinitionNode, ...]
) -> tuple[LeafVariable, ...] | None:
    leaves: list[LeafVariable] = []
    for each in definitions:
        declared = type_from_ast(schema, each.type)
        is_required = isinstance(declared, GraphQLNonNull)
        value_class = _LEAF_CLASSES.get(
            declared.of_type if isinstance(declared, GraphQLNonNull) else declared
        )
        if value_class is None or each.default_value is not None:
            return None
        leaves.append(LeafVariable(each.variable.name.value, value_class, is_required))
    return tuple(leaves)


def _obvious_values(
    leaves: tuple[LeafVariable, ...], given: Mapping[str, object], limits: Limits
) -> dict[str, object] | None:
    """The values where all are as they should be, told without going through what could be wrong: else None."""
    values: dict[str, object] = {}
    for name, value_class, is_required in leaves:
        value = given.get(name)
        if value is None:
            if is_required:
                return None
            if name in given:
                values[name] = None
        elif value.__class__ is not value_class or (
            value_class is int and not -0x8000_0000 <= cast("int", value) <= 0x7FFF_FFFF
        ):
            return None
        else:
            values[name] = value
    most_levels, most_values = limits.variable_depth, limits.variable_values
    is_obvious = (
        len(given) == len(values)
        and (most_values is None or len(values) <= most_values)
        and (most_levels is None or most_levels > 0)
    )
    return values if is_obvious else None


def check_variables(
    schema: GraphQLSchema,
    rules: VariableRules,
    given: Mapping[str, object],
    limits: Limits,
    *,
    suggestions: bool = False,
) -> dict[str, object] | Refusal:
    """The values of all defined variables that have one: as the client gave it, or the default.

    What is given goes on as it is, since each subgraph coerces by its own schema; what is not defined goes nowhere.
    """
    if not rules.definitions:
        return {}
    if rules.leaves is not None and (obvious := _obvious_values(rules.leaves, given, limits)) is not None:
        return obvious
    refusal = _check_size(given, limits)
    if refusal is not None:
        return refusal
    checked = get_variable_values(
        schema, rules.definitions, dict(given), max_errors=_MOST_ERRORS, hide_suggestions=not suggestions
    )
    if isinstance(checked, list):
        return Refusal(
            400,
            tuple(
                Problem(
                    RequestCode.BAD_USER_INPUT,
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
                if isinstance(one, _NESTING)
            ]
        level = deeper
    most_levels, most_values = limits.variable_depth, limits.variable_values
    if (most_levels is None or depth <= most_levels) and (most_values is None or values <= most_values):
        return None
    found = ((LimitName.VARIABLE_DEPTH, depth, most_levels), (LimitName.VARIABLE_VALUES, values, most_values))
    return enforce(
        [Excess(name, size, most) for name, size, most in found if most is not None and size > most], limits
    )
