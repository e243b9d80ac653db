"""What is sent to a subgraph: one operation, printed without a superfluous character."""

import re
from collections.abc import Iterable
from typing import Final

from supergraph.planner.fetch_graph.model import ContextRead, Pick, Selected
from supergraph.planner.operation.model import (
    ArgumentValue,
    Condition,
    NormalizedOperation,
    OperationKind,
    VariableDefinition,
)
from supergraph.spec import SubgraphName

REPRESENTATIONS: Final = "representations"
_NOT_IN_A_NAME: Final = re.compile(r"[^_0-9A-Za-z]")


class DocumentWriter:
    """Writes the documents of one operation's steps."""

    def __init__(self, operation: NormalizedOperation) -> None:
        self.operation = operation
        self.definitions: dict[str, VariableDefinition] = {each.name: each for each in operation.variables}

    def name(self, subgraph: SubgraphName, number: int) -> str | None:
        """`Operation__subgraph__number`, so that a subgraph's logs tell whom it served. Anonymous stays anonymous."""
        if self.operation.name is None:
            return None
        return f"{self.operation.name}__{_NOT_IN_A_NAME.sub('_', subgraph)}__{number}"

    def root(
        self, selections: tuple[Selected, ...], kind: OperationKind, name: str | None
    ) -> tuple[str, tuple[str, ...]]:
        """The document of a step on a root type, and the client's variables it uses."""
        variables: dict[str, None] = {}
        body = print_selections(selections, variables)
        used = tuple(variables)
        defined = ",".join([self._definition(each) for each in used])
        if kind is OperationKind.QUERY and name is None and not defined:
            return body, used
        head = kind.value + (f" {name}" if name else "") + (f"({defined})" if defined else "")
        return head + body, used

    def entities(
        self,
        groups: Iterable[tuple[str | None, str, tuple[Selected, ...]]],
        name: str | None,
        contexts: Iterable[ContextRead] = (),
    ) -> tuple[str, tuple[str, ...]]:
        """The document for groups of entities, each with its alias (or none) and its variable."""
        variables: dict[str, None] = {}
        defined: list[str] = []
        fields: list[str] = []
        for alias, variable, selections in groups:
            defined.append(f"${variable}:[_Any!]!")
            prefix = f"{alias}:" if alias else ""
            body = print_selections(selections, variables)
            fields.append(f"{prefix}_entities(representations:${variable}){body}")
        for context in contexts:
            variables.pop(context.variable, None)
            defined.append(f"${context.variable}:{context.type}")
        used = tuple(variables)
        defined += [self._definition(each) for each in used]
        return f"query{f' {name}' if name else ''}({','.join(defined)}){{{' '.join(fields)}}}", used

    def _definition(self, name: str) -> str:
        definition = self.definitions[name]
        default = f"={definition.default}" if definition.default is not None else ""
        return f"${name}:{definition.type}{default}"


def print_selections(selections: tuple[Selected, ...], variables: dict[str, None]) -> str:
    found: list[str] = []
    for each in selections:
        if isinstance(each, Pick):
            text = each.name if each.key == each.name else f"{each.key}:{each.name}"
            if each.arguments:
                text += f"({','.join([_argument(value, variables) for value in each.arguments])})"
            for directive in each.directives:
                variables.update(dict.fromkeys(directive.variables))
                text += directive.value
            here, around = _placed(each.conditions)
            for condition in here:
                text += _condition(condition, variables)
            if each.selections:
                text += print_selections(each.selections, variables)
            for condition in around:
                text = f"...{_condition(condition, variables)}{{{text}}}"
            found.append(text)
        else:
            found.append(f"...on {each.type_condition}{print_selections(each.selections, variables)}")
    return f"{{{' '.join(found)}}}"


def _argument(value: ArgumentValue, variables: dict[str, None]) -> str:
    for name in value.variables:
        variables[name] = None
    return f"{value.name}:{value.value}"


def _placed(conditions: tuple[Condition, ...]) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """Those that stand on the field itself, and those around it: a field bears one `@skip` and one `@include`."""
    if len(conditions) < 2:
        return conditions, ()
    here = {each.when: each for each in reversed(conditions)}
    return tuple(here.values()), tuple(each for each in conditions if here[each.when] is not each)


def _condition(condition: Condition, variables: dict[str, None]) -> str:
    variables[condition.variable] = None
    return f"@{'include' if condition.when else 'skip'}(if:${condition.variable})"
