"""A default value fits the type of its argument or input field."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.graphql_rules.input_values import value_fits
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import Code, StringValue, TypeReference, Value, print_value


def default_values_fit_their_types(subgraph: Subgraph, _linking: Linking) -> Iterator[Diagnostic]:
    for coordinate, type_, default, at in _defaults(subgraph):
        if not value_fits(default, type_, subgraph.types):
            why = f"the default value {print_value(default)} is no {type_}"
            yield report(Code.INVALID_GRAPHQL, coordinate, [(subgraph, at)], why=why)


def _defaults(subgraph: Subgraph) -> Iterator[tuple[str, TypeReference, Value, int]]:
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            if field.default is not None:
                yield f"{definition.name}.{field.name}", field.type, field.default, field.at
            for argument in field.arguments:
                if argument.default is not None:
                    coordinate = f"{definition.name}.{field.name}({argument.name}:)"
                    yield coordinate, argument.type, argument.default, argument.at
    # A directive that stays in its subgraph is that subgraph's business.
    composed = {
        use.argument("name") for use in subgraph.schema_directives if use.canonical == "composeDirective"
    }
    for directive in subgraph.directives.values():
        for argument in directive.arguments if StringValue(f"@{directive.name}") in composed else ():
            if argument.default is not None:
                yield f"@{directive.name}({argument.name}:)", argument.type, argument.default, argument.at
