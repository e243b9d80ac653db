"""How much one operation may ask: refused before it is validated, planned, or any subgraph is asked.

Everything is counted as if named fragments were written out where they are spread, in time that grows with the text
alone: each fragment is measured once.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from supergraph.gateway.errors import ErrorCode, Problem, Refusal


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults let through what people write by hand and what GraphiQL asks.

    `depth` counts fields within fields; what lies below `__schema` and `__type` has a limit of its own in validation.
    `aliases` and `selections` count each fragment as often as it is spread. `repeats` is how often one response key may
    stand in one selection set: validation compares each with each.
    """

    tokens: int = 2_000
    depth: int = 20
    aliases: int = 50
    selections: int = 2_000
    repeats: int = 30
    variable_depth: int = 32


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    selections: int = 0
    repeats: int = 0


def check_limits(document: DocumentNode, limits: Limits) -> Refusal | None:
    """None for a document all of whose operations are within the limits."""
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    measure = _Measure(fragments)
    problems: list[Problem] = []
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            size = measure.selection_set(operation.selection_set)
            problems += (
                Problem(
                    ErrorCode.OPERATION_LIMIT_EXCEEDED,
                    f"The operation has {counted} of {found}; at most {allowed} are allowed.",
                )
                for counted, found, allowed in (
                    ("a depth", size.depth, limits.depth),
                    ("a number of aliases", size.aliases, limits.aliases),
                    ("a number of selections", size.selections, limits.selections),
                    ("a number of repeats", size.repeats, limits.repeats),
                )
                if found > allowed
            )
    return Refusal(400, tuple(problems), is_graphql=True) if problems else None


class _Measure:
    """Sizes of the fragments measured so far. A fragment within itself counts nothing: validation refuses it."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, _Size] = {}

    def selection_set(self, selections: SelectionSetNode | None) -> _Size:
        depth = aliases = count = repeats = 0
        keys: Counter[str] = Counter()
        for selection in selections.selections if selections else ():
            match selection:
                case FieldNode():
                    size = self.selection_set(selection.selection_set)
                    deeper = 0 if selection.name.value in {"__schema", "__type"} else size.depth
                    depth = max(depth, deeper + 1)
                    aliases += size.aliases + (selection.alias is not None)
                    count += size.selections + 1
                    repeats = max(repeats, size.repeats)
                    keys[(selection.alias or selection.name).value] += 1
                    continue
                case InlineFragmentNode():
                    size = self.selection_set(selection.selection_set)
                case FragmentSpreadNode():
                    size = self._fragment(selection.name.value)
                case _:
                    continue
            depth = max(depth, size.depth)
            aliases += size.aliases
            count += size.selections + 1
            repeats = max(repeats, size.repeats)
        return _Size(depth, aliases, count, max(repeats, *keys.values(), 0))

    def _fragment(self, name: str) -> _Size:
        known = self._sizes.get(name)
        if known is not None:
            return known
        fragment = self._fragments.get(name)
        if fragment is None:
            return _Size()
        self._sizes[name] = _Size()
        measured = self._sizes[name] = self.selection_set(fragment.selection_set)
        return measured
