"""What a field set may select, for the rules of @key, @provides, @requires and @fromContext."""

from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class FieldSetCodes:
    """The codes of one directive's field sets; None where the directive allows it."""

    invalid: Code
    not_a_string: Code
    directive: Code
    arguments: Code | None = None
    abstract: Code | None = None
    not_external: Code | None = None


Problem = tuple[Code, str]


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
            yield self.codes.not_a_string, f"its fields are {shown}, and a string is wanted"
            return
        try:
            selections = read_field_set(value.value)
        except FieldSetSyntaxError as error:
            yield self.codes.invalid, f'its fields "{value.value}" cannot be read: {error}'
            return
        invalid = [(self.codes.invalid, why) for why in self.invalid(selections, parent)]
        if invalid:
            yield from invalid
            return
        if directives := sorted({each for found in _all(selections) for each in found.directives}):
            yield self.codes.directive, f"its fields contain {', '.join(directives)}"
        yield from self._misplaced(selections, parent, within_external=False)

    def invalid(self, selections: FieldSet, parent: TypeName) -> Iterator[str]:
        """Whether GraphQL would take the selection at all."""
        definition = self.subgraph.types[parent]
        for selection in selections:
            if isinstance(selection, FragmentSelection):
                yield from self._invalid_fragment(selection, parent)
                continue
            if selection.alias:
                yield f"it gives {selection.name} the alias {selection.alias}, and aliases are not allowed"
            if selection.name == "__typename":
                continue
            field = definition.fields.get(selection.name)
            if field is None:
                yield self._unknown_field(definition, selection.name)
                continue
            yield from self._invalid_arguments(definition, field, selection)
            target = self.subgraph.types.get(field.type.named)
            if target is not None and target.is_composite:
                # A key that selects an abstract type is told so, whatever it selects of it.
                if self.codes.abstract and target.kind is not TypeKind.OBJECT:
                    continue
                if not selection.selections:
                    yield f"it selects nothing of {parent}.{field.name}, which is of type {field.type}"
                else:
                    yield from self.invalid(selection.selections, target.name)
            elif selection.selections is not None:
                yield f"it selects within {parent}.{field.name}, which is of type {field.type}"

    def _invalid_fragment(self, selection: FragmentSelection, parent: TypeName) -> Iterator[str]:
        if selection.spread:
            yield f"it uses the fragment {selection.spread}, which nothing defines"
            return
        condition = selection.condition or parent
        target = self.subgraph.types.get(condition)
        if target is None or not target.is_composite:
            yield f"it asks for the type {condition}, which is not an object, interface or union here"
        else:
            yield from self.invalid(selection.selections, condition)

    def _unknown_field(self, definition: SubgraphType, name: FieldName) -> str:
        why = f"{definition.name} has no field {name}"
        wanted = _in_camel_case(name)
        # Python libraries convert field names, but not the text inside of a key.
        if wanted != name and FieldName(wanted) in definition.fields:
            return f"{why}; its GraphQL name is {wanted}: write the key as the schema spells it"
        return f"{why} in this subgraph"

    def _invalid_arguments(
        self, definition: SubgraphType, field: SubgraphField, selection: FieldSelection
    ) -> Iterator[str]:
        coordinate = f"{definition.name}.{field.name}"
        given = dict(selection.arguments)
        for name, value in selection.arguments:
            argument = field.argument(name)
            if argument is None:
                yield f"{coordinate} has no argument {name}"
            elif not value_fits(value, argument.type, self.subgraph.types):
                yield f"{print_value(value)} is no {argument.type}, as {coordinate}({name}:) wants"
        for argument in field.arguments:
            required = isinstance(argument.type, NonNull) and argument.default is None
            if required and argument.name not in given:
                yield f"it does not give the argument {argument.name}, which {coordinate} requires"

    def _misplaced(
        self, selections: FieldSet, parent: TypeName, *, within_external: bool
    ) -> Iterator[Problem]:
        """What is valid as a selection, but not in this directive."""
        definition = self.subgraph.types[parent]
        for selection in selections:
            if isinstance(selection, FragmentSelection):
                yield from self._misplaced(
                    selection.selections, selection.condition or parent, within_external=within_external
                )
                continue
            if selection.name == "__typename":
                if self.codes.not_external and not within_external:
                    yield self.codes.not_external, f"{parent}.__typename is known here anyway"
                continue
            field = definition.fields[selection.name]
            if self.codes.arguments and field.arguments:
                yield self.codes.arguments, f"it selects {parent}.{field.name}, which takes arguments"
            target = self.subgraph.types.get(field.type.named)
            if (
                self.codes.abstract
                and target is not None
                and target.kind in {TypeKind.INTERFACE, TypeKind.UNION}
            ):
                why = f"it selects {parent}.{field.name}, whose type {field.type} is not an object type"
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
                yield self.codes.not_external, self._why_not_external(definition, field)

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

    def _why_not_external(self, definition: SubgraphType, field: SubgraphField) -> str:
        if field.marked_external:
            return (
                f"{definition.name}.{field.name} is part of the key of an extension, "
                "so this subgraph resolves it in spite of @external"
            )
        return f"{definition.name}.{field.name} is not @external, so this subgraph resolves it anyway"


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
