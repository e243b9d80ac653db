"""Which response keys a fetch's document asks for: what its answer may bring, and what is missing where it brings none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from supergraph.planner import RenameKey, Step


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """The keys at one level, those of all type conditions together; a leaf has none."""

    keys: "Mapping[str, AnswerShape]" = field(default_factory=dict)

    def below(self, key: str) -> "AnswerShape":
        return self.keys.get(key, LEAF)


LEAF: Final = AnswerShape()


def read_answer_shape(document: str) -> AnswerShape:
    """The shape of what a document's one operation brings as `data`."""
    definitions = parse(document, no_location=True).definitions
    fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    operation = next(each for each in definitions if isinstance(each, OperationDefinitionNode))
    return _merge([operation.selection_set], fragments)


def rename_keys(shape: AnswerShape, renames: Sequence[RenameKey]) -> AnswerShape:
    """The shape after the renames of an answer."""
    for rename in renames:
        shape = _renamed(shape, [step.key for step in rename.path if isinstance(step, Step)], rename.to)
    return shape


def _merge(sets: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> AnswerShape:
    below: dict[str, list[SelectionSetNode]] = {}
    waiting = list(sets)
    seen: set[int] = set()  # A fragment may be spread many times.
    while waiting:
        selection_set = waiting.pop()
        if id(selection_set) in seen:
            continue
        seen.add(id(selection_set))
        for selection in selection_set.selections:
            match selection:
                case FieldNode(selection_set=inner):
                    key = selection.alias.value if selection.alias else selection.name.value
                    below.setdefault(key, []).extend([inner] if inner else [])
                case InlineFragmentNode(selection_set=inner):
                    waiting.append(inner)
                case FragmentSpreadNode():
                    waiting.append(fragments[selection.name.value].selection_set)
                case _:
                    raise AssertionError(f"{selection.kind} is no selection")
    return AnswerShape({key: _merge(inner, fragments) if inner else LEAF for key, inner in below.items()})


def _renamed(shape: AnswerShape, path: Sequence[str], to: str) -> AnswerShape:
    first, *rest = path
    if first not in shape.keys:
        return shape
    keys = dict(shape.keys)
    if rest:
        keys[first] = _renamed(keys[first], rest, to)
    else:
        keys[to] = keys.pop(first)
    return AnswerShape(keys)
