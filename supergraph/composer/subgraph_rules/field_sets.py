"""What a field set may select, for the rules of @key, @provides, @requires and @fromContext."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple

from supergraph.composer.facts import implementers_of
from supergraph.composer.graphql_rules.input_values import value_fits
from supergraph.composer.subgraph import (
    DirectiveUse,
    Subgraph,
    SubgraphField,
    SubgraphType,
    TypeKind,
)
from supergraph.spec import (
    BUILT_IN_SCALARS,
    Code,
    FieldName,
    FieldSelection,
    FieldSet,
    FieldSetSyntaxError,
    FragmentSelection,
    NonNull,
    StringValue,
    TypeName,
    print_value,
    read_field_set,
)

_NEAR: Final = 0.75
"""How alike two names must be for one to be taken for the other misspelt."""


@dataclass(frozen=True, slots=True)
class FieldSetCodes:
    """The codes of one directive's field sets; None where the directive allows it."""

    invalid: Code
    not_a_string: Code
    directive: Code
    arguments: Code | None = None
    abstract: Code | None = None
    not_external: Code | None = None


class Problem(NamedTuple):
    """What is wrong with the use of a directive; `mend` only where it is better than the catalogue's."""

    code: Code
    why: str
    mend: str = ""


class Invalid(NamedTuple):
    """What GraphQL does not take in a selection, to be read after its name: `... selects nothing of User.name`.

    `meant` is the right spelling of `misspelt`, where it can be guessed.
    """

    why: str
    misspelt: str = ""
    meant: str = ""


class FieldSetRules:
    """Checks the field sets of one directive within one subgraph."""

    __slots__ = ("_implementers", "codes", "subgraph")

    def __init__(self, subgraph: Subgraph, codes: FieldSetCodes) -> None:
        self.subgraph, self.codes = subgraph, codes
        self._implementers: dict[TypeName, list[SubgraphType]] | None = None

    def problems(self, use: DirectiveUse, parent: TypeName) -> Iterator[Problem]:
        """All that is wrong with the `fields` of a directive, selected on the given type."""
        value = use.argument("fields")
        if not isinstance(value, StringValue):
            shown = print_value(value) if value is not None else "nothing"
            yield Problem(
                self.codes.not_a_string, f"@{use.name} wants a string for its fields, and has {shown}"
            )
            return
        named = _named(use, value.value)
        try:
            selections = read_field_set(value.value)
        except FieldSetSyntaxError as error:
            yield Problem(self.codes.invalid, f"{named} cannot be read: {error}")
            return
        invalid = list(self.invalid(selections, parent))
        mend = _mend(use, value.value, invalid)
        for each in invalid:
            yield Problem(self.codes.invalid, f"{named} {each.why}", mend)
        if invalid:
            return
        if directives := sorted({each for found in _all(selections) for each in found.directives}):
            yield Problem(self.codes.directive, f"{named} contains {', '.join(directives)}")
        for code, why in self._misplaced(selections, parent, within_external=False):
            yield Problem(code, f"{named} {why}")

    def invalid(self, selections: FieldSet, parent: TypeName) -> Iterator[Invalid]:
        """Whether GraphQL would take the selection at all."""
        definition = self.subgraph.types[parent]
        for selection in selections:
            if isinstance(selection, FragmentSelection):
                yield from self._invalid_fragment(selection, parent)
                continue
            if selection.alias:
                why = f"gives {selection.name} the alias {selection.alias}, and aliases are not allowed"
                yield Invalid(why)
            if selection.name == "__typename":
                continue
            field = definition.fields.get(selection.name)
            if field is None:
                unknown = _unknown_field(definition, selection.name)
                yield unknown
                # What stands within is read as if the name were spelt right, so that all of it can be mended at once.
                field = definition.fields.get(FieldName(unknown.meant))
                if field is None:
                    continue
            yield from self._invalid_arguments(definition, field, selection)
            target = self.subgraph.types.get(field.type.named)
            if target is not None and target.is_composite:
                # A key that selects an abstract type is told so, whatever it selects of it.
                if self.codes.abstract and target.kind is not TypeKind.OBJECT:
                    continue
                if not selection.selections:
                    why = f"selects nothing of {parent}.{field.name}, which is of type {field.type} and has fields"
                    yield Invalid(why)
                else:
                    yield from self.invalid(selection.selections, target.name)
            elif selection.selections is not None:
                yield Invalid(
                    f"selects within {parent}.{field.name}, which is of type {field.type} and has no fields"
                )

    def _invalid_fragment(self, selection: FragmentSelection, parent: TypeName) -> Iterator[Invalid]:
        if selection.spread:
            yield Invalid(f"uses the fragment {selection.spread}, which nothing defines")
            return
        condition = selection.condition or parent
        target = self.subgraph.types.get(condition)
        if target is None or not target.is_composite:
            yield Invalid(f"asks for the type {condition}, which is not an object, interface or union here")
        else:
            yield from self.invalid(selection.selections, condition)

    def _invalid_arguments(
        self, definition: SubgraphType, field: SubgraphField, selection: FieldSelection
    ) -> Iterator[Invalid]:
        coordinate = f"{definition.name}.{field.name}"
        given = dict(selection.arguments)
        for name, value in selection.arguments:
            argument = field.argument(name)
            if argument is None:
                yield Invalid(f"gives {coordinate} the argument {name}, which it does not have")
            elif not value_fits(value, argument.type, self.subgraph.types):
                why = (
                    f"gives {print_value(value)} for {coordinate}({name}:), which is of type {argument.type}"
                )
                yield Invalid(why)
        for argument in field.arguments:
            required = isinstance(argument.type, NonNull) and argument.default is None
            if required and argument.name not in given:
                yield Invalid(f"does not give the argument {argument.name}, which {coordinate} requires")

    def _misplaced(
        self, selections: FieldSet, parent: TypeName, *, within_external: bool
    ) -> Iterator[tuple[Code, str]]:
        """What is valid as a selection, but not in this directive; again to be read after its name."""
        definition = self.subgraph.types[parent]
        for selection in selections:
            if isinstance(selection, FragmentSelection):
                yield from self._misplaced(
                    selection.selections, selection.condition or parent, within_external=within_external
                )
                continue
            if selection.name == "__typename":
                if self.codes.not_external and not within_external:
                    yield self.codes.not_external, f"names {parent}.__typename, which is known here anyway"
                continue
            field = definition.fields[selection.name]
            if self.codes.arguments and field.arguments:
                yield self.codes.arguments, f"selects {parent}.{field.name}, which takes arguments"
            target = self.subgraph.types.get(field.type.named)
            if (
                self.codes.abstract
                and target is not None
                and target.kind in {TypeKind.INTERFACE, TypeKind.UNION}
            ):
                why = f"selects {parent}.{field.name}, whose type {field.type} is not an object type"
                yield self.codes.abstract, why
                continue
            external = field.external
            if selection.selections:
                yield from self._misplaced(
                    selection.selections,
                    field.type.named,
                    within_external=within_external or external or self._external_below(definition, field),
                )
            elif self.codes.not_external and not external and not within_external:
                yield self.codes.not_external, _why_not_external(definition, field)

    def _external_below(self, definition: SubgraphType, field: SubgraphField) -> bool:
        """A field of an interface counts as external where a type that implements it has it so."""
        if definition.kind is not TypeKind.INTERFACE:
            return False
        if self._implementers is None:
            self._implementers = implementers_of(self.subgraph.types)
        implementers = self._implementers.get(definition.name, ())
        return any(
            found.external for each in implementers if (found := each.fields.get(FieldName(field.name)))
        )


def _why_not_external(definition: SubgraphType, field: SubgraphField) -> str:
    named = f"names {definition.name}.{field.name}"
    if field.marked_external:
        return f"{named}, which is part of the key of an extension: this subgraph resolves it in spite of @external"
    return f"{named}, which is not @external: this subgraph resolves it anyway"


def _unknown_field(definition: SubgraphType, name: FieldName) -> Invalid:
    why = f'names "{name}", but {definition.name} has no such field in this subgraph'
    in_camel_case = _in_camel_case(name)
    # Python libraries convert field names, but not the text inside of a key.
    if in_camel_case != name and FieldName(in_camel_case) in definition.fields:
        why = f'{why}: in GraphQL it is "{in_camel_case}", and nothing converts names inside a field set from snake_case'
        return Invalid(why, name, in_camel_case)
    close = get_close_matches(name, definition.fields, n=1, cutoff=_NEAR)
    return Invalid(f'{why}; did you mean "{close[0]}"?', name, close[0]) if close else Invalid(why)


def _named(use: DirectiveUse, text: str) -> str:
    return f'@{use.name}(fields: "{" ".join(text.split())}")'


def _mend(use: DirectiveUse, text: str, found: Iterable[Invalid]) -> str:
    """The directive with every name as it was meant; empty where none can be guessed."""
    respelt = text
    for each in found:
        if each.meant:
            respelt = re.sub(rf"\b{each.misspelt}\b", each.meant, respelt)
    return f"Write {_named(use, respelt)}." if respelt != text else ""


def _all(selections: FieldSet) -> Iterator[FieldSelection | FragmentSelection]:
    for selection in selections:
        yield selection
        yield from _all(selection.selections or ())


def _in_camel_case(name: str) -> str:
    first, *others = name.strip("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def is_leaf(subgraph: Subgraph, name: TypeName) -> bool:
    """Whether a type has no fields to select: scalars and enums."""
    found = subgraph.types.get(name)
    return name in BUILT_IN_SCALARS if found is None else found.kind in {TypeKind.SCALAR, TypeKind.ENUM}
