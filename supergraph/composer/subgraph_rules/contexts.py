"""@context and @fromContext: the context has a plain name, is set above, and what is read from it fits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses, split_context, text_argument
from supergraph.composer.subgraph import Subgraph, SubgraphArgument, SubgraphField, SubgraphType, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetCodes, FieldSetRules, is_leaf
from supergraph.spec import (
    Code,
    FieldName,
    FieldSet,
    FieldSetSyntaxError,
    FragmentSelection,
    ListOf,
    NonNull,
    TypeName,
    TypeReference,
    read_field_set,
)

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_CODES: Final = FieldSetCodes(
    invalid=Code.CONTEXT_INVALID_SELECTION,
    not_a_string=Code.CONTEXT_INVALID_SELECTION,
    directive=Code.CONTEXT_INVALID_SELECTION,
)

Problem = tuple[Code, str]


def contexts_are_set_and_selected(subgraph: Subgraph) -> Iterator[Diagnostic]:
    setters: dict[str, list[SubgraphType]] = {}
    for definition in subgraph.types.values():
        for use in federation_uses(definition, "context"):
            name = text_argument(use, "name") or ""
            if not _NAME.match(name):
                why = f'"{name}" cannot be the name of a context: it has more than letters and digits'
                yield report(Code.CONTEXT_NAME_INVALID, definition.name, [(subgraph, use.at)], why=why)
            else:
                setters.setdefault(name, []).append(definition)
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for argument in field.arguments:
                for use in federation_uses(argument, "fromContext") if argument.directives else ():
                    reading = _Reading(
                        subgraph, definition, field, argument, text_argument(use, "field") or ""
                    )
                    at = f"{definition.name}.{field.name}({argument.name}:)"
                    for code, why in reading.problems(setters):
                        yield report(code, at, [(subgraph, use.at)], why=why)
    for directive in subgraph.directives.values():
        for argument in directive.arguments:
            for use in federation_uses(argument, "fromContext"):
                why = "an argument of a directive cannot come from a context"
                at = f"@{directive.name}({argument.name}:)"
                yield report(Code.CONTEXT_NOT_SET, at, [(subgraph, use.at)], why=why)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One `@fromContext`."""

    subgraph: Subgraph
    definition: SubgraphType
    field: SubgraphField
    argument: SubgraphArgument
    text: str

    def problems(self, setters: dict[str, list[SubgraphType]]) -> Iterator[Problem]:
        if self.definition.kind is not TypeKind.OBJECT or self._is_promised():
            yield Code.CONTEXT_NOT_SET, "a field of an interface cannot read a context"
            return
        if self.argument.default is not None:
            yield Code.CONTEXT_NOT_SET, "an argument that reads a context cannot have a default value"
        if not any(key.resolvable for key in self.definition.keys):
            why = f"{self.definition.name} has no resolvable key, by which it could be asked for with the context"
            yield Code.CONTEXT_NO_RESOLVABLE_KEY, why
        context, selection = split_context(self.text)
        if not context or not selection:
            yield Code.NO_CONTEXT_IN_SELECTION, f'"{self.text}" is not of the form "$context {{ field }}"'
        elif context not in setters:
            known = f"; known are {', '.join(sorted(setters))}" if setters else ""
            yield Code.CONTEXT_NOT_SET, f"no type sets the context {context}{known}"
        else:
            for why in self._invalid_selection(selection, setters[context]):
                yield Code.CONTEXT_INVALID_SELECTION, f'it reads "{self.text}", but {why}'

    def _is_promised(self) -> bool:
        return any(
            FieldName(self.field.name) in interface.fields
            for name in self.definition.interfaces
            if (interface := self.subgraph.types.get(name)) is not None
        )

    def _invalid_selection(self, text: str, setters: list[SubgraphType]) -> Iterator[str]:
        try:
            selections = read_field_set(text)
        except FieldSetSyntaxError as error:
            yield f"that cannot be read: {error}"
            return
        if why := _forbidden(selections):
            yield why
            return
        fragments = [each for each in selections if isinstance(each, FragmentSelection)]
        if fragments and len(fragments) < len(selections):
            yield "it mixes fields and type conditions"
            return
        unmatched = {str(each.condition) for each in fragments}
        for setter in setters:
            fitting = [each for each in fragments if self._applies(each.condition, setter)]
            unmatched -= {str(each.condition) for each in fitting}
            if fragments and not fitting:
                yield f"none of its type conditions fits {setter.name}, which sets the context"
            for parent, chosen in (
                [(each.condition or setter.name, each.selections) for each in fitting]
                if fragments
                else [(setter.name, selections)]
            ):
                yield from self._does_not_fit(chosen, parent)
        for name in sorted(unmatched):
            yield f"its type condition {name} fits no type that sets the context"

    def _applies(self, condition: TypeName | None, setter: SubgraphType) -> bool:
        if condition is None or condition == setter.name or condition in setter.interfaces:
            return True
        found = self.subgraph.types.get(condition)
        return found is not None and (setter.name in found.interfaces or condition in setter.members)

    def _does_not_fit(self, selections: FieldSet, parent: TypeName) -> Iterator[str]:
        problems = list(FieldSetRules(self.subgraph, _CODES).invalid(selections, parent))
        if problems:
            yield f"it {problems[0].why}"
            return
        if len(selections) != 1:
            yield "it selects more than one field"
            return
        selected = self._selected_type(selections, parent)
        if selected is None:
            yield "it does not end in one field"
            return
        # What comes from a context may always be missing.
        selected = selected.of if isinstance(selected, NonNull) else selected
        if not _gives(selected, self.argument.type):
            yield f"that is of type {selected}, perhaps null, and the argument of type {self.argument.type}"

    def _selected_type(self, selections: FieldSet, parent: TypeName) -> TypeReference | None:
        """The type of the one leaf; wrapped as the fields on the way are."""
        (selection,) = selections
        if isinstance(selection, FragmentSelection):
            return None
        field = self.subgraph.types[parent].fields.get(selection.name)
        if field is None:
            return None
        if selection.selections is None:
            return field.type if is_leaf(self.subgraph, field.type.named) else None
        if len(selection.selections) != 1:
            return None
        inner = self._selected_type(selection.selections, field.type.named)
        return None if inner is None else _within(field.type, inner)


def _forbidden(selections: FieldSet) -> str:
    for selection in selections:
        if selection.directives:
            return "it contains directives"
        if not isinstance(selection, FragmentSelection) and selection.alias:
            return "it contains an alias"
        if why := _forbidden(selection.selections or ()):
            return why
    return ""


def _within(outer: TypeReference, inner: TypeReference) -> TypeReference:
    """The type of a leaf of type `inner` below a field of type `outer`."""
    match outer:
        case NonNull(of):
            wrapped = _within(of, inner)
            if isinstance(of, ListOf) and not isinstance(wrapped, NonNull):
                return NonNull(wrapped)
            return inner if not isinstance(of, ListOf) else wrapped
        case ListOf(of):
            return ListOf(_within(of, inner))
        case _:
            return inner.of if isinstance(inner, NonNull) else inner


def _gives(selected: TypeReference, wanted: TypeReference) -> bool:
    match selected, wanted:
        case NonNull(one), NonNull(other):
            return _gives(one, other)
        case NonNull(one), _:
            return _gives(one, wanted)
        case ListOf(one), ListOf(other):
            return _gives(one, other)
        case _:
            return selected == wanted
