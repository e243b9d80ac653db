"""`__schema` and `__type`, answered here: graphql-core executes these fields alone against what clients may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute_sync, parse

from supergraph.gateway.executor.json_text import write_json
from supergraph.planner import (
    ArgumentValue,
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    Selection,
    SelectionCondition,
)

_FIELDS: Final = frozenset({"__schema", "__type"})
_REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True)
class IntrospectionProgram:
    """The introspective part of one operation. Answers are kept by the variables they depend on."""

    schema: GraphQLSchema
    document: DocumentNode
    variables: tuple[str, ...]
    _answers: dict[bytes, Mapping[str, object]] = field(default_factory=dict)

    def answer(self, variables: Mapping[str, object], *, is_told: bool = True) -> Mapping[str, object]:
        """By response key. To be read only: requests share it. Who is not told of the schema finds no type in it."""
        used = {name: variables[name] for name in self.variables if name in variables}
        key = write_json(used)
        if key not in self._answers:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            result = execute_sync(self.schema, self.document, variable_values=used)
            assert isinstance(result, ExecutionResult), "introspection waits for nothing"
            self._answers[key] = result.data or {}
        answer = self._answers[key]
        return answer if is_told else dict.fromkeys(answer)


def prepare_introspection(
    schema: GraphQLSchema, operation: NormalizedOperation
) -> IntrospectionProgram | None:
    """None where the operation asks nothing about the schema. `operation` is valid, so the document is."""
    asked = tuple(_introspective(operation.selections))
    if not asked:
        return None
    used = _variables(asked)
    definitions = [
        f"${each.name}: {each.type}" + (f" = {each.default}" if each.default is not None else "")
        for each in operation.variables
        if each.name in used
    ]
    head = f"query ({', '.join(definitions)}) " if definitions else "query "
    return IntrospectionProgram(
        schema,
        parse(head + _print(asked), no_location=True),
        tuple(each.name for each in operation.variables if each.name in used),
    )


def _introspective(selections: Iterable[Selection]) -> Iterable[Selection]:
    """The root's fields about the schema, within the fragments that they stand in: conditions stand there as well."""
    for selection in selections:
        match selection:
            case FieldSelection():
                if selection.name in _FIELDS:
                    yield selection
            case FragmentSelection(conditions=conditions, selections=below):
                if inner := tuple(_introspective(below)):
                    yield FragmentSelection(None, conditions, inner)


def _variables(selections: Iterable[Selection]) -> frozenset[str]:
    found: set[str] = set()
    for selection in selections:
        found.update(condition.variable for condition in selection.conditions)
        if isinstance(selection, FieldSelection):
            for argument in (*selection.arguments, *selection.directives):
                found.update(argument.variables)
        found |= _variables(selection.selections)
    return frozenset(found)


def _print(selections: Sequence[Selection]) -> str:
    return "{ " + " ".join(_print_one(each) for each in selections) + " }"


def _print_one(selection: Selection) -> str:
    conditions = _print_conditions(selection.conditions)
    below = _print(selection.selections) if selection.selections else ""
    match selection:
        case FieldSelection(response_key=key, name=name, arguments=arguments):
            alias = "" if key == name else f"{key}: "
            return f"{alias}{name}{_print_arguments(arguments)}{conditions} {below}"
        case FragmentSelection(type_condition=condition):
            on = f" on {condition}" if condition is not None else ""
            return f"...{on}{conditions} {below}"


def _print_arguments(arguments: Sequence[ArgumentValue]) -> str:
    return f"({', '.join(f'{each.name}: {each.value}' for each in arguments)})" if arguments else ""


def _print_conditions(conditions: Sequence[SelectionCondition]) -> str:
    return "".join(f" @{'include' if each.when else 'skip'}(if: ${each.variable})" for each in conditions)
