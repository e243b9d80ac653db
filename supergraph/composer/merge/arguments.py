"""Arguments of fields and directives: those that every subgraph knows, or that may be left out."""

from collections.abc import Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import (
    ElementSource,
    FieldSource,
    Merging,
    contrast,
    describe_groups,
    group_by_text,
    name_subgraphs,
)
from supergraph.composer.merge.type_references import merge_input_type
from supergraph.composer.subgraph import Subgraph, SubgraphArgument
from supergraph.spec import (
    Argument,
    Code,
    ListOf,
    ListValue,
    Literal,
    Named,
    NameValue,
    NonNull,
    Severity,
    StringValue,
    TypeReference,
    Value,
    print_value,
)

ArgumentSource = tuple[Subgraph, tuple[SubgraphArgument, ...]]
DefaultSource = tuple[ElementSource, TypeReference, Value | None]


def merge_field_arguments(merging: Merging, at: str, sources: Sequence[FieldSource]) -> tuple[Argument, ...]:
    """Merge the arguments that clients give; those that a context fills are the planner's affair."""
    if not any(source.field.arguments for source in sources):
        return ()
    contextual = {use.argument for source in sources for use in source.field.context_uses}
    for name in sorted(contextual):
        _check_contextual(merging, at, name, sources)
    return merge_arguments(
        merging,
        at,
        [
            (
                source.subgraph,
                tuple(each for each in source.field.arguments if each.name not in contextual),
            )
            for source in sources
        ],
    )


def merge_arguments(merging: Merging, at: str, sources: Sequence[ArgumentSource]) -> tuple[Argument, ...]:
    named: dict[str, list[tuple[Subgraph, SubgraphArgument]]] = {}
    for subgraph, arguments in sources:
        for argument in arguments:
            named.setdefault(argument.name, []).append((subgraph, argument))
    merged = (_merge_argument(merging, f"{at}({name}:)", found, sources) for name, found in named.items())
    return tuple(each for each in merged if each is not None)


def _merge_argument(
    merging: Merging,
    at: str,
    found: Sequence[tuple[Subgraph, SubgraphArgument]],
    sources: Sequence[ArgumentSource],
) -> Argument | None:
    """None when some subgraph does not know the argument: it would have to ignore what a client says."""
    elements = [ElementSource(subgraph, argument) for subgraph, argument in found]
    if len(found) < len(sources):
        having = {subgraph.name for subgraph, _ in found}
        lacking = name_subgraphs(subgraph for subgraph, _ in sources if subgraph.name not in having)
        required = [
            (subgraph, argument)
            for subgraph, argument in found
            if isinstance(argument.type, NonNull) and argument.default is None
        ]
        if required:
            why = (
                f"the argument is required in {name_subgraphs(subgraph for subgraph, _ in required)} "
                f"but does not exist in {lacking}"
            )
            merging.report(Code.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH, at, required, why)
        else:
            why = (
                f"the optional argument is left out of the supergraph: it exists in "
                f"{name_subgraphs(subgraph for subgraph, _ in found)} but not in {lacking}"
            )
            merging.report(Code.INCONSISTENT_ARGUMENT_PRESENCE, at, elements, why)
        return None
    first = found[0][1]
    directives, for_subgraphs = merge_directives(merging, at, elements)
    return Argument(
        name=first.name,
        type=merge_input_type(
            merging,
            at,
            [(source, argument.type) for source, (_, argument) in zip(elements, found, strict=True)],
            Code.FIELD_ARGUMENT_TYPE_MISMATCH,
        ),
        default=merge_defaults(
            merging,
            at,
            [
                (source, argument.type, argument.default)
                for source, (_, argument) in zip(elements, found, strict=True)
            ],
            Code.FIELD_ARGUMENT_DEFAULT_MISMATCH,
        ),
        description=merge_descriptions(merging, at, elements),
        directives=directives,
        subgraph_directives=for_subgraphs,
    )


def merge_defaults(
    merging: Merging, at: str, sources: Sequence[DefaultSource], mismatch: Code
) -> Literal | None:
    """The default that all subgraphs share. Where only some have one, none is: they would answer differently."""
    if all(value is None for _, _, value in sources):
        return None
    groups = group_by_text(
        ("" if value is None else print_value(_as_type_has_it(merging, value, expected)), source.subgraph)
        for source, expected, value in sources
    )
    given = {text: subgraphs for text, subgraphs in groups.items() if text}
    if len(given) > 1:
        why = f"its default differs across subgraphs: it is {contrast(given)}"
        merging.report(mismatch, at, (source for source, _, value in sources if value is not None), why)
        return None
    if len(groups) == 1:
        return Literal(next(iter(given)))
    why = f"only some subgraphs give a default, so the supergraph has none: it is {next(describe_groups(given))}"
    merging.report(Code.INCONSISTENT_DEFAULT_VALUE_PRESENCE, at, (source for source, _, _ in sources), why)
    return None


def _as_type_has_it(merging: Merging, value: Value, expected: TypeReference) -> Value:
    """Some libraries print the default of an enum as a string; the value of that name is meant."""
    match value, expected:
        case _, NonNull(inner):
            return _as_type_has_it(merging, value, inner)
        case ListValue(values), ListOf(inner):
            return ListValue(tuple(_as_type_has_it(merging, each, inner) for each in values))
        case StringValue(text), Named(name) if name in merging.enums:
            return NameValue(text)
        case _:
            return value


def _check_contextual(merging: Merging, at: str, name: str, sources: Sequence[FieldSource]) -> None:
    """A subgraph where the argument is an ordinary one must do without it, as no client can give it."""
    for source in sources:
        argument = source.field.argument(name)
        if argument is None or any(use.argument == name for use in source.field.context_uses):
            continue
        required = isinstance(argument.type, NonNull) and argument.default is None
        why = (
            f'a context fills the argument in another subgraph, so in subgraph "{source.subgraph.name}" '
            + ("it must come from a context too, or be optional" if required else "it is left out")
        )
        merging.report(
            Code.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
            f"{at}({name}:)",
            [(source.subgraph, argument)],
            why,
            severity=Severity.ERROR if required else Severity.INFO,
        )
