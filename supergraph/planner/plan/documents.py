"""What is sent to a subgraph: one operation, printed without a superfluous character."""

import re
from collections.abc import Iterable
from typing import Final

from supergraph.planner.fetch_graph.model import ContextRead, Pick, PickFragment, Selected
from supergraph.planner.operation.model import (
    ArgumentValue,
    Condition,
    NormalizedOperation,
    OperationKind,
    VariableDefinition,
)
from supergraph.spec import SubgraphName

SPREAD_FROM: Final = 200
"""Characters from which on selections that stand several times in a document become a fragment."""
_NOT_IN_A_NAME: Final = re.compile(r"[^_0-9A-Za-z]")


class DocumentWriter:
    """Writes the documents of one operation's steps."""

    def __init__(self, operation: NormalizedOperation) -> None:
        self.operation = operation
        self.definitions: dict[str, VariableDefinition] = {each.name: each for each in operation.variables}

    def variable(self, name: str) -> str:
        """`name` for a variable of ours, or one like it where the client's bears that name."""
        free, number = name, 0
        while free in self.definitions:
            number += 1
            free = f"_{number}_{name}"
        return free

    def name(self, subgraph: SubgraphName, number: int) -> str | None:
        """`Operation__subgraph__number`, so that a subgraph's logs tell whom it served. Anonymous stays anonymous."""
        if self.operation.name is None:
            return None
        return f"{self.operation.name}__{_NOT_IN_A_NAME.sub('_', subgraph)}__{number}"

    def root(
        self, selections: tuple[Selected, ...], kind: OperationKind, name: str | None
    ) -> tuple[str, tuple[str, ...]]:
        """The document of a step on a root type, and the client's variables it uses."""
        printing = _Printing([selections])
        body = printing.selections(selections)
        used = tuple(printing.variables)
        defined = ",".join([self._definition(each) for each in used])
        if kind is OperationKind.QUERY and name is None and not defined:
            return body + printing.fragments, used
        head = kind.value + (f" {name}" if name else "") + (f"({defined})" if defined else "")
        return head + body + printing.fragments, used

    def entities(
        self,
        groups: Iterable[tuple[str | None, str, tuple[Selected, ...]]],
        name: str | None,
        contexts: Iterable[ContextRead] = (),
    ) -> tuple[str, tuple[str, ...]]:
        """The document for groups of entities, each with its alias (or none) and its variable."""
        asked = list(groups)
        printing = _Printing([selections for _, _, selections in asked])
        defined: list[str] = []
        fields: list[str] = []
        for alias, variable, selections in asked:
            defined.append(f"${variable}:[_Any!]!")
            prefix = f"{alias}:" if alias else ""
            body = printing.selections(selections)
            fields.append(f"{prefix}_entities(representations:${variable}){body}")
        for context in contexts:
            printing.variables.pop(context.variable, None)
            defined.append(f"${context.variable}:{context.type}")
        used = tuple(printing.variables)
        defined += [self._definition(each) for each in used]
        head = f"query{f' {name}' if name else ''}({','.join(defined)})"
        return f"{head}{{{' '.join(fields)}}}{printing.fragments}", used

    def _definition(self, name: str) -> str:
        definition = self.definitions[name]
        default = f"={definition.default}" if definition.default is not None else ""
        return f"${name}:{definition.type}{default}"


class _Printing:
    """One document being printed. `variables` are those met so far.

    Selections that several fields share, as those of types that are alike do, become a fragment where they are long: nested
    in one another they would be written out types to the power of levels times.
    """

    def __init__(self, roots: Iterable[tuple[Selected, ...]]) -> None:
        self.variables: dict[str, None] = {}
        self.fragments = ""
        self._uses: dict[int, int] = {}
        self._texts: dict[int, str] = {}
        self._spreads = 0
        for root in roots:
            self._count(root)

    def _count(self, selections: tuple[Selected, ...]) -> None:
        mark = id(selections)
        self._uses[mark] = self._uses.get(mark, 0) + 1
        if self._uses[mark] == 1:
            self._count_below(selections)

    def _count_below(self, selections: tuple[Selected, ...]) -> None:
        for each in selections:
            if isinstance(each, PickFragment):
                self._count_below(each.selections)
            elif each.selections:
                self._count(each.selections)

    def selections(self, selections: tuple[Selected, ...]) -> str:
        mark = id(selections)
        text = self._texts.get(mark)
        if text is None:
            text = self._texts[mark] = self._print(selections)
        return text

    def _print(self, selections: tuple[Selected, ...]) -> str:
        found: list[str] = []
        for each in selections:
            if isinstance(each, Pick):
                found.append(self._field(each))
            else:
                found.append(f"...on {each.type_condition}{self._print(each.selections)}")
        return f"{{{' '.join(found)}}}"

    def _field(self, pick: Pick) -> str:
        text = pick.name if pick.key == pick.name else f"{pick.key}:{pick.name}"
        if pick.arguments:
            text += f"({','.join([_argument(value, self.variables) for value in pick.arguments])})"
        for directive in pick.directives:
            self.variables.update(dict.fromkeys(directive.variables))
            text += directive.value
        here, around = _placed(pick.conditions)
        for condition in here:
            text += _condition(condition, self.variables)
        if pick.selections:
            text += self._below(pick, pick.selections)
        for condition in around:
            text = f"...{_condition(condition, self.variables)}{{{text}}}"
        return text

    def _below(self, pick: Pick, selections: tuple[Selected, ...]) -> str:
        text = self.selections(selections)
        if self._uses[id(selections)] == 1 or len(text) < SPREAD_FROM or pick.type is None:
            return text
        self._spreads += 1
        name = f"_{self._spreads}"
        self.fragments += f" fragment {name} on {pick.type.named}{text}"
        spread = self._texts[id(selections)] = f"{{...{name}}}"
        return spread


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
