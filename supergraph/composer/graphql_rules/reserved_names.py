"""No name begins with two underscores: they are GraphQL's own. Spec: Names, Reserved Names."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import Code


def no_name_is_reserved(subgraph: Subgraph, _linking: Linking) -> Iterator[Diagnostic]:
    for coordinate, name, at in _names(subgraph):
        if name.startswith("__"):
            why = "names that begin with `__` are GraphQL's own"
            yield report(Code.INVALID_GRAPHQL, coordinate, [(subgraph, at)], why=why)


def _names(subgraph: Subgraph) -> Iterator[tuple[str, str, int]]:
    for definition in subgraph.types.values():
        yield definition.name, definition.name, definition.at
        for field in definition.fields.values():
            yield f"{definition.name}.{field.name}", field.name, field.at
            for argument in field.arguments:
                yield f"{definition.name}.{field.name}({argument.name}:)", argument.name, argument.at
        for value in definition.values.values():
            yield f"{definition.name}.{value.name}", value.name, value.at
    for directive in subgraph.directives.values():
        yield f"@{directive.name}", directive.name, directive.at
        for argument in directive.arguments:
            yield f"@{directive.name}({argument.name}:)", argument.name, argument.at
