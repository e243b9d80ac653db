"""How large an operation is, as if named fragments were written out where they are spread.

Found in time that grows with the text alone: each fragment is measured once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from supergraph.gateway.operation import OperationSize

_NOTHING: Final = OperationSize()


@dataclass(frozen=True, slots=True)
class DocumentSize:
    """`operations` by name. `largest` is at least what any of them is, with what no operation uses as well.

    Validation looks at all of a document, so all of it must be within the limits.
    """

    operations: Mapping[str | None, OperationSize]
    largest: OperationSize


def measure_document(document: DocumentNode) -> DocumentSize:
    measure = _Measure(
        {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    )
    operations: dict[str | None, OperationSize] = {}
    largest = OperationSize(tokens=document.token_count)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            size = measure.operation(definition, document.token_count)
            operations[definition.name.value if definition.name else None] = size
        elif isinstance(definition, FragmentDefinitionNode):
            # The rest counts where the fragment is spread.
            size = OperationSize(
                repeats=_repeats([definition.selection_set]),
                directives_at_one_place=measure.fragment(definition.name.value).directives_at_one_place,
            )
        else:
            continue
        largest = largest.or_larger(size)
    return DocumentSize(operations, largest)


class _Measure:
    """Sizes of the fragments measured so far. A fragment within itself counts nothing: validation refuses it."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, OperationSize] = {}

    def operation(self, definition: OperationDefinitionNode, tokens: int) -> OperationSize:
        size = self._selections(definition.selection_set.selections)
        at_places = [len(definition.directives or ())]
        at_places += [len(each.directives or ()) for each in definition.variable_definitions or ()]
        return OperationSize(
            tokens,
            size.depth,
            size.aliases,
            size.root_fields,
            size.selections,
            _repeats([definition.selection_set]),
            size.directives + sum(at_places),
            max(size.directives_at_one_place, *at_places),
        )

    def fragment(self, name: str) -> OperationSize:
        known = self._sizes.get(name)
        if known is not None:
            return known
        definition = self._fragments.get(name)
        if definition is None:
            return OperationSize()
        self._sizes[name] = OperationSize()
        size = self._selections(definition.selection_set.selections)
        size = self._sizes[name] = _directed(size, len(definition.directives or ()))
        return size

    def _selections(self, selections: tuple[SelectionNode, ...]) -> OperationSize:
        depth = aliases = roots = count = directives = at_one_place = 0
        for selection in selections:
            match selection:
                case FieldNode(selection_set=inner):
                    size = _NOTHING if inner is None else self._selections(inner.selections)
                    deeper = 0 if selection.name.value in {"__schema", "__type"} else size.depth
                    depth = max(depth, deeper + 1)
                    aliases += selection.alias is not None
                    roots += 1
                case InlineFragmentNode():
                    size = self._selections(selection.selection_set.selections)
                    depth = max(depth, size.depth)
                    roots += size.root_fields
                case FragmentSpreadNode():
                    size = self.fragment(selection.name.value)
                    depth = max(depth, size.depth)
                    roots += size.root_fields
                case _:
                    continue
            here = len(selection.directives or ())
            aliases += size.aliases
            count += size.selections + 1
            directives += size.directives + here
            at_one_place = max(at_one_place, size.directives_at_one_place, here)
        return OperationSize(0, depth, aliases, roots, count, 0, directives, at_one_place)


def _repeats(at_one_place: Sequence[SelectionSetNode]) -> int:
    """How often one response key stands at one place of the answer. Validation compares each with each there.

    What a spread brings is not counted: it is a fragment's, and compared once.
    """
    keys: Counter[str] = Counter()
    below: dict[str, list[SelectionSetNode]] = {}
    waiting = list(at_one_place)
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                keys[key] += 1
                if selection.selection_set is not None:
                    below.setdefault(key, []).append(selection.selection_set)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
    return max(max(keys.values(), default=0), max(map(_repeats, below.values()), default=0))


def _directed(size: OperationSize, directives: int) -> OperationSize:
    return size.together_with(OperationSize(directives=directives, directives_at_one_place=directives))
