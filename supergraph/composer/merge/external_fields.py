"""@external fields must agree with what the resolving subgraphs define."""

from collections.abc import Sequence

from supergraph.composer.merge.merging import FieldSource, Merging, elements, name_subgraphs
from supergraph.composer.merge.type_references import is_subtype
from supergraph.spec import Argument, Code, Field, print_value


def check_external_declarations(merging: Merging, at: str, sources: Sequence[FieldSource]) -> bool:
    """Whether the field has a subgraph of its own; and that no directive for all is lost on an external field."""
    external = [source for source in sources if source.field.external]
    for source in external:
        for use in source.field.directives:
            if merging.name_of(source.subgraph, use) is not None:
                why = f"@{use.name} stands on an @external field, where it would be lost"
                merging.report(
                    Code.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL, at, [(source.subgraph, source.field)], why
                )
    if len(external) < len(sources):
        return True
    where = name_subgraphs(source.subgraph for source in external)
    why = f"no subgraph resolves it: it is @external wherever it stands, in {where}"
    merging.report(Code.EXTERNAL_MISSING_ON_BASE, at, elements(external), why)
    return False


def check_external_types(merging: Merging, at: str, field: Field, sources: Sequence[FieldSource]) -> None:
    """An external declaration says what the resolving subgraphs say.

    Its type may be more special than the merged one only where theirs differ as well.
    """
    resolved_types = {source.field.type for source in sources if not source.field.external}
    for source in sources:
        declared = source.field
        if not declared.external:
            continue
        if declared.type != field.type and not (
            len(resolved_types) > 1 and is_subtype(declared.type, field.type, merging.supertypes)
        ):
            why = (
                f'subgraph "{source.subgraph.name}" declares it @external with the type "{declared.type}", '
                f'but it is "{field.type}" where it is resolved'
            )
            merging.report(Code.EXTERNAL_TYPE_MISMATCH, at, [(source.subgraph, declared)], why)
        for argument in field.arguments:
            _check_argument(merging, f"{at}({argument.name}:)", argument, source)


def _check_argument(merging: Merging, at: str, argument: Argument, source: FieldSource) -> None:
    declared, name = source.field.argument(argument.name), source.subgraph.name
    if declared is None:
        why = f'subgraph "{name}" declares the field @external without the argument'
        merging.report(Code.EXTERNAL_ARGUMENT_MISSING, at, [(source.subgraph, source.field)], why)
        return
    if not is_subtype(argument.type, declared.type, merging.supertypes):
        why = (
            f'subgraph "{name}" declares it @external with the type "{declared.type}", '
            f'but it is "{argument.type}" where it is resolved'
        )
        merging.report(Code.EXTERNAL_ARGUMENT_TYPE_MISMATCH, at, [(source.subgraph, declared)], why)
    default = None if declared.default is None else print_value(declared.default)
    if default != argument.default:
        why = (
            f'subgraph "{name}" declares it @external with the default {default or "none"}, '
            f"but it is {argument.default or 'none'} where it is resolved"
        )
        merging.report(Code.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH, at, [(source.subgraph, declared)], why)
